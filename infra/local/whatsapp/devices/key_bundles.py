"""Key bundles: the public keys of a device with which another begins an encrypted session, and their nodes."""

from __future__ import annotations

from infra.local.whatsapp.accounts import PHONE, Device
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.signal.bundle import Bundle, SignedPrekey
from infra.local.whatsapp.wire.jid import SERVER
from infra.local.whatsapp.wire.keys import CURVE_TYPE
from infra.local.whatsapp.wire.node import Attributes, Node

_FEW_PREKEYS = 5


def issue_bundle(network: Network, device: Device) -> Bundle:
    """Return a bundle, whose one-time prekey is used up by it; notify the device when few prekeys are left."""
    bundle = network.prekeys.bundle(device)
    if device.id != PHONE and (left := network.prekeys.count(device)) < _FEW_PREKEYS:
        attrs: Attributes = {"from": SERVER, "id": stanza_id(), "type": "encrypt", "t": now()}
        notice = Node("notification", attrs, [Node("count", {"value": left})])
        network.delivery.push_now(device.address, notice)
    return bundle


def bundle_nodes(device: Device, bundle: Bundle) -> list[Node]:
    """Return the nodes of a bundle: registration, type, identity, skey, and key and device-identity where present."""
    nodes = [*identity_nodes(device), signed_prekey_node(bundle.signed)]
    if bundle.one_time:
        key = [Node("id", {}, bundle.one_time.id.to_bytes(3, "big")), Node("value", {}, bundle.one_time.public)]
        nodes.append(Node("key", {}, key))
    if device.adv:
        nodes.append(Node("device-identity", {}, device.adv))
    return nodes


def identity_nodes(device: Device) -> list[Node]:
    return [
        Node("registration", {}, device.registration_id.to_bytes(4, "big")),
        Node("type", {}, CURVE_TYPE),
        Node("identity", {}, device.identity),
    ]


def signed_prekey_node(prekey: SignedPrekey) -> Node:
    id, value = Node("id", {}, prekey.id.to_bytes(3, "big")), Node("value", {}, prekey.public)
    return Node("skey", {}, [id, value, Node("signature", {}, prekey.signature)])
