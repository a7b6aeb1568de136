from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from infra.local.whatsapp.connection import Connection, ConnectionEnded
from infra.local.whatsapp.server_keys import ServerKeys
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.noise import Responder


async def shake_hands(connection: Connection, frames: AsyncIterator[bytes], keys: ServerKeys) -> Any:  # noqa: ANN401
    """Secures the connection; the client's ClientPayload. Raises ConnectionEnded or NoiseError."""
    hello = proto.HandshakeMessage.FromString(await _next(frames)).clientHello
    responder = Responder(connection.header, keys.static)
    answer = proto.HandshakeMessage()
    ephemeral, static, payload = responder.hello(hello.ephemeral, keys.chain)
    answer.serverHello.ephemeral, answer.serverHello.static, answer.serverHello.payload = ephemeral, static, payload
    connection.send_raw(answer.SerializeToString())
    finish = proto.HandshakeMessage.FromString(await _next(frames)).clientFinish
    noise_key, opened, transport = responder.finish(finish.static, finish.payload)
    connection.secure(transport, noise_key)
    return proto.ClientPayload.FromString(opened)


async def _next(frames: AsyncIterator[bytes]) -> bytes:
    try:
        return await anext(frames)
    except StopAsyncIteration as error:
        raise ConnectionEnded("gone in the handshake") from error
