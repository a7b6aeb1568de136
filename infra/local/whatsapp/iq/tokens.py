"""xmlns privacy, tokens: the privacy tokens with which a client shows that it is a contact."""

from __future__ import annotations

import hashlib

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.iq.request import Request
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.wire.node import Attributes, Node

_TOKEN_BYTES = 11


def issue(request: Request) -> list[Node]:
    """Give each named contact a token of the client's account."""
    giver = request.account
    for token in request.stanza.child("tokens").children("token"):
        receiver = request.network.directory.account(token.jid("jid"))
        for device in request.network.directory.companions(receiver.number) if receiver else []:
            notice = _notice(giver, _token(giver, device.number), token.text("t"))
            request.network.delivery.push(device.address, notice)
    return [Node("tokens")]


def _token(giver: Account, receiver: str) -> bytes:
    return hashlib.sha256(f"{giver.number}>{receiver}".encode()).digest()[:_TOKEN_BYTES]


def _notice(giver: Account, token: bytes, given_at: str) -> Node:
    attrs: Attributes = {
        "from": giver.lid,
        "id": stanza_id(),
        "type": "privacy_token",
        "t": now(),
        "sender_lid": giver.lid,
    }
    inner = Node("token", {"type": "trusted_contact", "t": given_at or None}, token)
    return Node("notification", attrs, [Node("tokens", {}, [inner])])
