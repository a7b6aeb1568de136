"""xmlns md: linking by code, and unlinking from the client's side."""

from __future__ import annotations

import asyncio
import secrets

from infra.local.whatsapp.iq.request import IqError, Request
from infra.local.whatsapp.offers import CodeRequest, Finish
from infra.local.whatsapp.unlinking import remove_by_itself
from infra.local.whatsapp.wire.node import Node

_REF_BYTES = 16


def by_code(request: Request) -> list[Node]:
    asked = request.stanza.child("link_code_companion_reg")
    number = asked.jid("jid").user
    return (
        _hello(request, number, asked) if asked.text("stage") == "companion_hello" else _finish(request, number, asked)
    )


def _hello(request: Request, number: str, asked: Node) -> list[Node]:
    registration = request.network.offers.registration(request.connection)
    if registration is None:
        raise IqError(400, "bad-request")
    wrapped = asked.data("link_code_pairing_wrapped_companion_ephemeral_pub")
    ref, finish = secrets.token_bytes(_REF_BYTES), asyncio.get_running_loop().create_future()
    request.network.offers.request_code(number, CodeRequest(registration, ref, wrapped, finish))
    return [Node("link_code_companion_reg", {"stage": "companion_hello"}, [Node("link_code_pairing_ref", {}, ref)])]


def _finish(request: Request, number: str, asked: Node) -> list[Node]:
    waiting = request.network.offers.code_request(number)
    if waiting is None or asked.data("link_code_pairing_ref") != waiting.ref:
        raise IqError(404, "item-not-found")
    bundle = asked.data("link_code_pairing_wrapped_key_bundle")
    if not waiting.finish.done():
        waiting.finish.set_result(Finish(bundle, asked.data("companion_identity_public")))
    return []


def remove_companion(request: Request) -> list[Node]:
    """The client logs out: it gets its answer, then the connection ends."""
    device, network = request.device, request.network
    network.database.after_commit(lambda: remove_by_itself(network, device))
    return []
