"""Receipts: that a device has a message, that it was read, or that it must be sent again (retry)."""

from __future__ import annotations

from infra.local.whatsapp.accounts import PHONE, Device
from infra.local.whatsapp.faults import Counted
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.wire.jid import LID
from infra.local.whatsapp.wire.node import Attribute, Attributes, Node

_RETRY = "retry"
_FOR_OWN_SERVER = ("sender", "hist_sync", "peer_msg")
# What was read by an account whose owner hides that: it stays among the account's own devices.
READ_SELF = "read-self"
READ = ("read", "played", READ_SELF)


def handle_receipt(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    """Remove the messages of a client's receipt from its queue, and pass the receipt on to their author."""
    if network.faults.hits(Counted.LOSE_RECEIPTS, device.address):
        return
    network.statistics.receipts[device.address] += 1
    for id in (stanza.text("id"), *(item.text("id") for item in _items(stanza))):
        network.delivery.acknowledge(device.address, "message", id, stanza.text("to"))
    confirmed: Attributes = {"class": "receipt", "id": stanza.text("id"), "from": stanza.jid("to"), "t": now()}
    confirmed |= {"type": stanza.text("type") or None, "participant": stanza.attrs.get("participant")}
    connection.send(Node("ack", confirmed))
    route_receipt(network, device, stanza)


def _items(stanza: Node) -> list[Node]:
    listed = stanza.find("list")
    return listed.children("item") if listed else []


def route_receipt(network: Network, device: Device, stanza: Node) -> None:
    """Pass a receipt on to the author's devices: a retry to the one that has the text, others to all of them.

    In a group chat the receipt is addressed to the chat and names the author as participant. What was read the reader's
    own devices are told, too, and of what its owner hides they alone.
    """
    kind, author = stanza.text("type"), stanza.jid("participant" if "participant" in stanza.attrs else "to")
    if kind in READ:
        _tell_own_devices(network, device, stanza)
    if kind == READ_SELF:
        return
    account = network.directory.account(author)
    if account is None or kind in _FOR_OWN_SERVER:
        return
    own = account.number == device.number
    reader = _reader(device, by_lid=author.server == LID, exact=kind == _RETRY or author.device != PHONE)
    attrs: Attributes = {
        **({"from": stanza.jid("to"), "participant": reader} if "participant" in stanza.attrs else {"from": reader}),
        "id": stanza.text("id"),
        "t": now(),
        "type": kind or None,
        "recipient": stanza.attrs.get("recipient") if own else None,
    }
    for target in network.directory.devices(account.number):
        if target.address != device.address and (kind != _RETRY or target.id == author.device):
            network.delivery.push(target.address, Node("receipt", attrs, stanza.content))


def _tell_own_devices(network: Network, device: Device, stanza: Node) -> None:
    reader, chat = _reader(device, by_lid=True, exact=False), stanza.jid("to")
    source: Attributes = (
        {"from": chat, "participant": reader} if "participant" in stanza.attrs else {"from": reader, "recipient": chat}
    )
    attrs: Attributes = {**source, "id": stanza.text("id"), "t": now(), "type": stanza.text("type")}
    for target in network.directory.devices(device.number):
        if target.address != device.address:
            network.delivery.push(target.address, Node("receipt", attrs, stanza.content))


def _reader(device: Device, *, by_lid: bool, exact: bool) -> Attribute:
    jid = device.lid if by_lid else device.pn
    return jid if exact else jid.account
