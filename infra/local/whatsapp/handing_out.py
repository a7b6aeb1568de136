from __future__ import annotations

from infra.local.whatsapp.accounts import PHONE, Device
from infra.local.whatsapp.delivery import now, stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.signal.bundle import Bundle
from infra.local.whatsapp.wire.jid import SERVER
from infra.local.whatsapp.wire.node import Attributes, Node

_FEW_PREKEYS = 5


def hand_out(network: Network, device: Device) -> Bundle:
    """What somebody needs to write to the device for the first time; the device learns when few prekeys are left."""
    bundle = network.prekeys.bundle(device)
    if device.id != PHONE and (left := network.prekeys.count(device)) < _FEW_PREKEYS:
        attrs: Attributes = {"from": SERVER, "id": stanza_id(), "type": "encrypt", "t": now()}
        notice = Node("notification", attrs, [Node("count", {"value": left})])
        network.delivery.push_now(device.address, notice)
    return bundle
