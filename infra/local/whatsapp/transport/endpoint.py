"""The TLS endpoint in the place of WhatsApp's hosts: web.whatsapp.com (websocket) and mmg.whatsapp.net (media)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing

from aiohttp import web

from infra.local.whatsapp.messages.media_store import MEDIA_HOST
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.transport.connection import Connection, ConnectionEnded
from infra.local.whatsapp.transport.dispatch import handle_stanza
from infra.local.whatsapp.transport.handshake import perform_handshake
from infra.local.whatsapp.transport.login import admit
from infra.local.whatsapp.wire.node import MalformedNode
from infra.local.whatsapp.wire.noise import NoiseError

CHAT_HOST = "web.whatsapp.com"

log = logging.getLogger(__name__)
_MAX_MESSAGE = 1 << 25
_MAX_UPLOAD = 200 << 20


class Endpoint:
    """The websocket and media routes; `connections` are the open websockets."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.connections: set[Connection] = set()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=_MAX_UPLOAD)
        app.router.add_get("/ws/chat", self._chat)
        app.router.add_post("/mms/{kind}/{token}", self._upload)
        app.router.add_get("/v/{path:.*}", self._download)
        return app

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if self._network.faults.refusing:
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
        self._network.delivery.unregister(connection)

    async def _upload(self, request: web.Request) -> web.Response:
        body = await request.read()
        if base64.urlsafe_b64decode(request.match_info["token"]) != hashlib.sha256(body).digest():
            return web.Response(status=400)
        path = self._network.media.put(body)
        self._network.database.commit()
        return web.json_response({"url": f"https://{MEDIA_HOST}{path}", "direct_path": path})

    async def _download(self, request: web.Request) -> web.Response:
        body = self._network.media.get(request.match_info["path"].rsplit("/", 1)[-1])
        return web.Response(status=404) if body is None else web.Response(body=body)


def _abort(request: web.Request) -> None:
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.abort()
