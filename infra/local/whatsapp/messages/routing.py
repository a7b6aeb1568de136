"""The routing of messages: each is acknowledged to its sender and copied to the devices it is encrypted for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.devices.device_lists import device_hash
from infra.local.whatsapp.faults import Counted
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.messages.group_chats import GroupChat, Newsletter, status_chat
from infra.local.whatsapp.messages.group_routing import PASSED_ON, route_to_group_chat
from infra.local.whatsapp.messages.newsletters import publish
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.wire.jid import GROUP, LID, NEWSLETTER, STATUS, Jid
from infra.local.whatsapp.wire.node import Attributes, Node

_UNKNOWN_RECIPIENT = "404"
_FORBIDDEN = "403"

Recipient: TypeAlias = Account | GroupChat | Newsletter


def handle_message(network: Network, connection: Connection, sender: Device, stanza: Node) -> None:
    """Acknowledge and route a message that a client sends."""
    if stanza.text("category") != "peer":
        network.statistics.received[sender.address].append(stanza.text("id"))
    recipient = _recipient(network, sender, stanza)
    refusal = network.faults.refusal(sender.address)
    outcome = {"error": refusal} if refusal else ack_attributes(network, sender, recipient, stanza)
    if not network.faults.hits(Counted.WITHHOLD_ACKS, sender.address):
        attrs: Attributes = {"class": "message", "id": stanza.text("id"), "from": stanza.jid("to"), "t": now()}
        connection.send(Node("ack", {**attrs, **outcome}))
    if recipient and "error" not in outcome:
        _route(network, sender, recipient, stanza)


def _route(network: Network, sender: Device, recipient: Recipient, stanza: Node) -> None:
    if isinstance(recipient, Account):
        route_to_account(network, sender, recipient, stanza)
    elif isinstance(recipient, Newsletter):
        publish(network, recipient, stanza, sender.address)
    else:
        route_to_group_chat(network, sender, stanza, recipient.devices(network.directory))


def _recipient(network: Network, sender: Device, stanza: Node) -> Recipient | None:
    jid = stanza.jid("recipient" if "recipient" in stanza.attrs else "to")
    if jid == STATUS:
        return _audience(network, sender, stanza)
    if jid.server == NEWSLETTER:
        return Newsletter(jid, tuple(account.number for account in network.directory.accounts()))
    return network.group_chats.find(jid) if jid.server == GROUP else network.directory.account(jid)


def _audience(network: Network, sender: Device, stanza: Node) -> GroupChat:
    """Return who sees a client's status posts: all to whom it has given its key with this post or an earlier one."""
    named = (network.directory.account(jid) for jid, _ in _ciphertexts(stanza) if jid != STATUS)
    numbers = [account.number for account in named if account and account.number != sender.number]
    return status_chat(sender.number, network.group_chats.add_to_audience(sender.number, numbers))


def ack_attributes(network: Network, sender: Device, recipient: Recipient | None, stanza: Node) -> Attributes:
    """Return what the ack carries beside the id: an error, or phash when the sender's device list is out of date."""
    if recipient is None:
        return {"error": _UNKNOWN_RECIPIENT}
    if not isinstance(recipient, GroupChat) or recipient.jid == STATUS:
        return {}
    if sender.number not in recipient.members or not _may_write(network, sender, recipient):
        return {"error": _FORBIDDEN}
    expected = device_hash(device.lid for device in recipient.devices(network.directory))
    return {"phash": expected if stanza.text("phash") not in ("", expected) else None}


def _may_write(network: Network, sender: Device, group: GroupChat) -> bool:
    account = network.directory.by_number(sender.number)
    return not group.settings.announcement or (account is not None and group.is_admin(account))


def route_to_account(network: Network, sender: Device, recipient: Account, stanza: Node) -> None:
    """Deliver to each addressed device the ciphertext that is meant for it; nothing to who has blocked the sender."""
    blocked = network.block_lists.blocks(recipient.number, sender.lid)
    passed_on = [child for child in stanza.children() if child.tag in PASSED_ON]
    for jid, encrypted in _ciphertexts(stanza):
        device = network.directory.device(jid)
        if device and device.address != sender.address and not (blocked and device.number == recipient.number):
            network.delivery.push(
                device.address, _copy(network, sender, recipient, stanza, device, encrypted, passed_on)
            )


def _ciphertexts(stanza: Node) -> Iterator[tuple[Jid, Node]]:
    """Yield the ciphertext of each device, or that it gets none: of many under participants, of a resend alone."""
    for participant in stanza.children("participants"):
        for to in participant.children("to"):
            yield from ((to.jid("jid"), node) for node in to.children() if node.tag in ("enc", "unavailable"))
    for encrypted in stanza.children("enc"):
        yield stanza.jid("to"), encrypted


def _copy(
    network: Network,
    sender: Device,
    recipient: Account,
    stanza: Node,
    device: Device,
    encrypted: Node,
    passed_on: list[Node],
) -> Node:
    by_lid = stanza.jid("to").server == LID
    account = network.directory.by_number(sender.number)
    attrs: Attributes = {
        "from": sender.lid if by_lid else sender.pn,
        "id": stanza.text("id"),
        "t": now(),
        "type": stanza.text("type") or "text",
        "notify": account.name if account else None,
        "addressing_mode": "lid" if by_lid else "pn",
        "edit": stanza.text("edit") or None,
        **_other_address(sender, recipient, stanza, device, by_lid),
    }
    with_identity = encrypted.text("type") == "pkmsg"
    extras = [node for node in passed_on if node.tag != "device-identity" or with_identity]
    return Node("message", attrs, [encrypted, *extras])


def _other_address(sender: Device, recipient: Account, stanza: Node, device: Device, by_lid: bool) -> Attributes:
    """Return the attributes with a second address: the chat's for the sender's own devices, else the sender's."""
    if device.number != sender.number:
        return {"sender_pn": sender.pn.account} if by_lid else {"sender_lid": sender.lid.account}
    if stanza.text("category") == "peer":
        return {"category": "peer"}
    if by_lid:
        return {"recipient": recipient.lid, "peer_recipient_pn": recipient.pn}
    return {"recipient": recipient.pn, "peer_recipient_lid": recipient.lid}
