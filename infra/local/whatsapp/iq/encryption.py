"""xmlns encrypt: prekeys are uploaded, counted and fetched."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from infra.local.whatsapp.accounts import Device
from infra.local.whatsapp.devices.key_bundles import bundle_nodes, identity_nodes, issue_bundle, signed_prekey_node
from infra.local.whatsapp.iq.request import IqError, Request
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.signal.bundle import Prekey, SignedPrekey
from infra.local.whatsapp.wire.jid import Jid
from infra.local.whatsapp.wire.node import Node


def count(request: Request) -> list[Node]:
    """Return how many prekeys are left; one where there is none and clients are to make few.

    A client makes 812 when it is told that there is none, and 50 when it is told that there are few.
    """
    least = 1 if request.network.few_prekeys else 0
    return [Node("count", {"value": max(request.network.prekeys.count(request.device), least)})]


def upload(request: Request) -> list[Node]:
    """Store the client's signed prekey and one-time prekeys; raise IqError unless they are its own."""
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
    """Replace the client's signed prekey."""
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
    """Return what the server has of the client's keys, with a hash, so that the client can compare."""
    device = request.device
    prekeys = request.network.prekeys.ids(device)
    signed = device.signed_prekey
    summed = device.identity + signed.public + signed.signature + b"".join(public for _, public in prekeys)
    listed = Node("list", {}, [Node("id", {}, id.to_bytes(3, "big")) for id, _ in prekeys])
    hashed = Node("hash", {}, hashlib.sha1(summed, usedforsecurity=False).digest())
    return [Node("digest", {}, [*identity_nodes(device), signed_prekey_node(signed), listed, hashed])]


def fetch(request: Request) -> list[Node]:
    """Return key bundles to begin sessions with; each one-time prekey is used up by it."""
    users = [_user(request, user.jid("jid")) for user in request.stanza.child("key").children("user")]
    return [Node("list", {}, users)]


def _user(request: Request, jid: Jid) -> Node:
    device = request.network.directory.device(jid)
    if device is None:
        return Node("user", {"jid": jid}, [Node("error", {"code": 404, "text": "item-not-found"})])
    return Node("user", {"jid": jid, "t": now()}, bundle_nodes(device, issue_bundle(request.network, device)))
