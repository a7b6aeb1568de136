"""How messages travel in chats of many: one ciphertext for all, and for some the key to read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from infra.local.whatsapp.accounts import Address, Device
from infra.local.whatsapp.delivery import now
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import LID
from infra.local.whatsapp.wire.node import Attributes, Node

PASSED_ON = ("meta", "biz", "bot", "reporting", "device-identity")


def route_to_circle(network: Network, sender: Device, stanza: Node, devices: Iterable[Device]) -> None:
    """To one device only when the stanza names it as participant: a message it has asked for again."""
    if "participant" in stanza.attrs:
        asking = network.directory.device(stanza.jid("participant"))
        devices = [asking] if asking else []
    own, common = _own_parcels(network, stanza), stanza.children("enc")
    for device in devices:
        encrypted = [*own[device.address], *common]
        if encrypted and device.address != sender.address:
            network.delivery.push(device.address, _copy(network, sender, stanza, encrypted))


def _own_parcels(network: Network, stanza: Node) -> defaultdict[Address, list[Node]]:
    parcels: defaultdict[Address, list[Node]] = defaultdict(list)
    participants = stanza.find("participants")
    for to in participants.children("to") if participants else []:
        if device := network.directory.device(to.jid("jid")):
            parcels[device.address] += to.children("enc")
    return parcels


def _copy(network: Network, sender: Device, stanza: Node, encrypted: list[Node]) -> Node:
    account = network.directory.by_number(sender.number)
    attrs: Attributes = {
        "from": stanza.jid("to"),
        "participant": sender.lid,
        "participant_pn": sender.pn.account,
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
