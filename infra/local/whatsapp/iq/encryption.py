"""xmlns encrypt: prekeys are uploaded, counted and handed out."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from infra.local.whatsapp.accounts import PHONE, Device
from infra.local.whatsapp.bundles import bundle_nodes, identity_nodes, signed_prekey_node
from infra.local.whatsapp.delivery import now, stanza_id
from infra.local.whatsapp.iq.request import IqError, Request
from infra.local.whatsapp.signal.bundle import Prekey, SignedPrekey
from infra.local.whatsapp.wire.jid import SERVER, Jid
from infra.local.whatsapp.wire.node import Attributes, Node

_FEW_PREKEYS = 10


def count(request: Request) -> list[Node]:
    return [Node("count", {"value": request.network.prekeys.count(request.device)})]


def upload(request: Request) -> list[Node]:
    stanza, device = request.stanza, request.device
    if stanza.data("identity") != device.identity:
        raise IqError(406, "not-acceptable")
    registration_id = stanza.number("registration")
    changed = replace(device, registration_id=registration_id, signed_prekey=_signed(stanza.child("skey"), device))
    request.network.directory.add(changed)
    keys = (Prekey(key.number("id"), key.data("value")) for key in stanza.child("list").children("key"))
    request.network.prekeys.upload(changed, keys)
    return []


def rotate(request: Request) -> list[Node]:
    device = request.device
    prekey = _signed(request.stanza.child("rotate", "skey"), device)
    request.network.directory.add(replace(device, signed_prekey=prekey))
    return []


def _signed(node: Node, device: Device) -> SignedPrekey:
    prekey = SignedPrekey(node.number("id"), node.data("value"), node.data("signature"))
    if not prekey.signed_by(device.identity):
        raise IqError(406, "not-acceptable")
    return prekey


def digest(request: Request) -> list[Node]:
    """What the server holds of the asking device, so that it can compare."""
    device = request.device
    prekeys = request.network.prekeys.ids(device)
    signed = device.signed_prekey
    summed = device.identity + signed.public + signed.signature + b"".join(public for _, public in prekeys)
    listed = Node("list", {}, [Node("id", {}, id.to_bytes(3, "big")) for id, _ in prekeys])
    hashed = Node("hash", {}, hashlib.sha1(summed, usedforsecurity=False).digest())
    return [Node("digest", {}, [*identity_nodes(device), signed_prekey_node(signed), listed, hashed])]


def fetch(request: Request) -> list[Node]:
    """Bundles to begin sessions with; each one-time prekey is handed out once."""
    users = [_user(request, user.jid("jid")) for user in request.stanza.child("key").children("user")]
    return [Node("list", {}, users)]


def _user(request: Request, jid: Jid) -> Node:
    device = request.network.directory.device(jid)
    if device is None:
        return Node("user", {"jid": jid}, [Node("error", {"code": 404, "text": "item-not-found"})])
    bundle = request.network.prekeys.bundle(device)
    _warn_when_few(request, device)
    return Node("user", {"jid": jid, "t": now()}, bundle_nodes(device, bundle))


def _warn_when_few(request: Request, device: Device) -> None:
    """Clients upload new prekeys when told that few are left."""
    left = request.network.prekeys.count(device) if device.id != PHONE else _FEW_PREKEYS
    if left < _FEW_PREKEYS:
        attrs: Attributes = {"from": SERVER, "id": stanza_id(), "type": "encrypt", "t": now()}
        notice = Node("notification", attrs, [Node("count", {"value": left})])
        request.network.delivery.push_now(device.address, notice)
