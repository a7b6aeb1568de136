"""The routing of messages in group chats: one ciphertext for all, and for some devices the key to decrypt it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from infra.local.whatsapp.accounts import Address, Device
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import LID
from infra.local.whatsapp.wire.node import Attributes, Node

PASSED_ON = ("meta", "biz", "bot", "reporting", "device-identity")


def route_to_group_chat(network: Network, sender: Device, stanza: Node, devices: Iterable[Device]) -> None:
    """Deliver to these devices; a stanza that names one as participant is a resend, for that device alone."""
    if "participant" in stanza.attrs:
        requester = network.directory.device(stanza.jid("participant"))
        devices = [requester] if requester else []
    own, common = _own_ciphertexts(network, stanza), stanza.children("enc")
    for device in devices:
        encrypted = [*own[device.address], *common]
        if encrypted and device.address != sender.address:
            network.delivery.push(device.address, _copy(network, sender, stanza, encrypted))


def _own_ciphertexts(network: Network, stanza: Node) -> defaultdict[Address, list[Node]]:
    ciphertexts: defaultdict[Address, list[Node]] = defaultdict(list)
    participants = stanza.find("participants")
    for to in participants.children("to") if participants else []:
        if device := network.directory.device(to.jid("jid")):
            ciphertexts[device.address] += to.children("enc")
    return ciphertexts


def _copy(network: Network, sender: Device, stanza: Node, encrypted: list[Node]) -> Node:
    account, group = network.directory.by_number(sender.number), network.group_chats.find(stanza.jid("to"))
    attrs: Attributes = {
        "from": stanza.jid("to"),
        "participant": sender.lid,
        "participant_pn": None if group and group.hides_numbers else sender.pn.account,
        "id": stanza.text("id"),
        "t": now(),
        "type": stanza.text("type") or "text",
        "notify": account.name if account else None,
        "addressing_mode": LID,
        "edit": stanza.text("edit") or None,
    }
    with_identity = any(node.text("type") == "pkmsg" for node in encrypted)
    passed_on = [child for child in stanza.children() if child.tag in PASSED_ON]
    extras = [node for node in passed_on if node.tag != "device-identity" or with_identity]
    return Node("message", attrs, [*encrypted, *extras])
