"""xmlns md: pairing by code, and unlinking from the client's side."""

from __future__ import annotations

import asyncio
import secrets

from infra.local.whatsapp.iq.request import IqError, Request
from infra.local.whatsapp.pairing.pairing_offers import CodeRequest, Finish
from infra.local.whatsapp.pairing.unlinking import log_out
from infra.local.whatsapp.wire.node import Node

_REF_BYTES = 16


def by_code(request: Request) -> list[Node]:
    """Handle the two requests of a client that pairs by code: its hello, and its key bundle at the end."""
    query = request.stanza.child("link_code_companion_reg")
    number = query.jid("jid").user
    if query.text("stage") == "companion_hello":
        return _hello(request, number, query)
    return _finish(request, number, query)


def _hello(request: Request, number: str, query: Node) -> list[Node]:
    registration = request.network.pairing_offers.registration(request.connection)
    if registration is None:
        raise IqError(400, "bad-request")
    wrapped = query.data("link_code_pairing_wrapped_companion_ephemeral_pub")
    ref, finish = secrets.token_bytes(_REF_BYTES), asyncio.get_running_loop().create_future()
    request.network.pairing_offers.request_code(number, CodeRequest(registration, ref, wrapped, finish))
    return [Node("link_code_companion_reg", {"stage": "companion_hello"}, [Node("link_code_pairing_ref", {}, ref)])]


def _finish(request: Request, number: str, query: Node) -> list[Node]:
    waiting = request.network.pairing_offers.code_request(number)
    if waiting is None or query.data("link_code_pairing_ref") != waiting.ref:
        raise IqError(404, "item-not-found")
    bundle = query.data("link_code_pairing_wrapped_key_bundle")
    if not waiting.finish.done():
        waiting.finish.set_result(Finish(bundle, query.data("companion_identity_public")))
    return []


def remove_companion(request: Request) -> list[Node]:
    """Log the client out: it gets the result first, then the connection ends."""
    device, network = request.device, request.network
    network.database.after_commit(lambda: log_out(network, device))
    return []
