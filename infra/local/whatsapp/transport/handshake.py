"""The Noise handshake at the beginning of a connection, the server's side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from infra.local.whatsapp.transport.connection import Connection, ConnectionEnded
from infra.local.whatsapp.transport.server_keys import ServerKeys
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.noise import Responder


async def perform_handshake(connection: Connection, frames: AsyncIterator[bytes], keys: ServerKeys) -> Any:  # noqa: ANN401
    """Secure the connection and return the client's ClientPayload. Raise ConnectionEnded or NoiseError."""
    hello = proto.HandshakeMessage.FromString(await _next(frames)).clientHello
    responder = Responder(connection.header, keys.static)
    reply = proto.HandshakeMessage()
    ephemeral, static, payload = responder.hello(hello.ephemeral, keys.chain)
    reply.serverHello.ephemeral, reply.serverHello.static, reply.serverHello.payload = ephemeral, static, payload
    connection.send_raw(reply.SerializeToString())
    finish = proto.HandshakeMessage.FromString(await _next(frames)).clientFinish
    noise_key, opened, transport = responder.finish(finish.static, finish.payload)
    connection.secure(transport, noise_key)
    return proto.ClientPayload.FromString(opened)


async def _next(frames: AsyncIterator[bytes]) -> bytes:
    try:
        return await anext(frames)
    except StopAsyncIteration as error:
        raise ConnectionEnded("gone in the handshake") from error
