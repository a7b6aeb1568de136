"""A device's public keys as nodes."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Device
from infra.local.whatsapp.signal.bundle import Bundle, SignedPrekey
from infra.local.whatsapp.wire.keys import CURVE_TYPE
from infra.local.whatsapp.wire.node import Node


def bundle_nodes(device: Device, bundle: Bundle) -> list[Node]:
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
