"""The TLS endpoint in the place of WhatsApp's hosts: web.whatsapp.com (websocket) and the media hosts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from aiohttp import web

from infra.local.whatsapp.messages.presence import end_presence
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.transport.connection import Connection, ConnectionEnded
from infra.local.whatsapp.transport.dispatch import handle_stanza
from infra.local.whatsapp.transport.handshake import perform_handshake
from infra.local.whatsapp.transport.login import admit
from infra.local.whatsapp.transport.media_host import MediaHost
from infra.local.whatsapp.wire.node import MalformedNode
from infra.local.whatsapp.wire.noise import NoiseError

CHAT_HOST = "web.whatsapp.com"
CHAT_PATH = "/ws/chat"

log = logging.getLogger(__name__)
_MAX_MESSAGE = 1 << 25
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Endpoint:
    """The websocket's route and those of media; `connections` are the open websockets."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._media = MediaHost(network)
        self.connections: set[Connection] = set()

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._record_problems])
        app.add_routes([web.get(CHAT_PATH, self._chat), *self._media.routes()])
        return app

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if self._network.faults.refusing:
            self._network.statistics.refused += 1
            return web.Response(status=503)
        await asyncio.sleep(self._network.faults.latency)
        socket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE, compress=False)
        await socket.prepare(request)
        faults = self._network.faults
        connection = Connection(socket, self._network.database, lambda: _abort(request), lambda: faults.latency)
        self._network.statistics.connects += 1
        self.connections.add(connection)
        if self._network.faults.silent_everywhere:
            connection.silence()
        try:
            await self._serve(connection)
        finally:
            self.connections.discard(connection)
            self._clean_up(connection)
        return socket

    async def _serve(self, connection: Connection) -> None:
        try:
            async with aclosing(connection.frames()) as frames:
                await self._handle_frames(connection, frames)
        except (ConnectionEnded, ConnectionError):
            pass  # clients come and go
        except (NoiseError, MalformedNode) as error:
            log.warning("a connection ended: %s", error)

    async def _handle_frames(self, connection: Connection, frames: AsyncIterator[bytes]) -> None:
        admit(self._network, connection, await perform_handshake(connection, frames, self._network.keys))
        async for frame in frames:
            handle_stanza(self._network, connection, connection.open(frame))
            self._network.database.commit_soon()

    def _clean_up(self, connection: Connection) -> None:
        connection.release()
        self._network.pairing_offers.withdraw(connection)
        if self._network.delivery.unregister(connection) and connection.address:
            end_presence(self._network, connection.address)

    @web.middleware
    async def _record_problems(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Record what clients ask for that this server does not know, and its own errors."""
        try:
            return await handler(request)
        except ConnectionError:
            raise
        except web.HTTPException as error:
            self._network.problems.unknown_stanzas.append(f"{error.status} at {_route(request)}")
            raise
        except Exception as error:
            log.exception("a request failed")
            self._network.problems.errors.append(f"{type(error).__name__} at {_route(request)}")
            return web.Response(status=500)


def _route(request: web.Request) -> str:
    """Return the request without its secrets: method, host and the first parts of the path."""
    return f"{request.method} {request.host}{'/'.join(request.path.split('/')[:3])}"


def _abort(request: web.Request) -> None:
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.abort()
