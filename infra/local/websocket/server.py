"""The API: WebSockets for clients at `/`, and the management API for functions at `/@connections/{id}`.

Limits and errors are those of API Gateway (the quotas of WebSocket APIs in its manual): messages of 128 KB, frames of
32 KB, 10 minutes without a message, 2 hours in all; what is beyond them closes the connection.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aiohttp import WSCloseCode, WSMsgType, web

from infra.local.lambdas.instance import InvocationError
from infra.local.websocket import events
from infra.local.websocket.function import Instances

log = logging.getLogger(__name__)

LARGEST_FRAME = 32 * 1024
LARGEST_MESSAGE = 128 * 1024


@dataclass(frozen=True)
class Limits:
    """In seconds."""

    idle: float = 600.0
    life: float = 7200.0


@dataclass(slots=True)
class _Connection:
    id: str
    socket: web.WebSocketResponse
    active_at: float


class WebSocketApi:
    """`instances` are those of the function behind every route."""

    def __init__(self, instances: Instances, limits: Limits) -> None:
        self._instances = instances
        self._limits = limits
        self._connections: dict[str, _Connection] = {}

    def application(self) -> web.Application:
        """Return the API as an application of aiohttp."""
        application = web.Application(client_max_size=2 * LARGEST_MESSAGE)
        application.router.add_get("/health", self._health)
        application.router.add_post(f"/{events.STAGE}/@connections/{{id}}", self._post)
        application.router.add_delete(f"/{events.STAGE}/@connections/{{id}}", self._delete)
        application.router.add_get("/", self._connect)
        return application

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        connection_id = events.new_connection_id()
        try:
            answer = await self._instances.invoke(events.connect_event(connection_id, request))
        except InvocationError as error:
            log.warning("$connect: %s", error)
            return web.json_response({"message": "Internal server error"}, status=502)
        if not 200 <= answer["statusCode"] < 300:
            return web.Response(status=answer["statusCode"], text=answer.get("body", ""))
        socket = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE, autoping=True)
        await socket.prepare(request)
        connection = _Connection(connection_id, socket, time.monotonic())
        self._connections[connection_id] = connection
        try:
            await asyncio.wait_for(self._serve(connection), self._limits.life)
        except TimeoutError:
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"Going away")
        finally:
            self._connections.pop(connection_id, None)
            await self._disconnected(connection)
        return socket

    async def _serve(self, connection: _Connection) -> None:
        """Answer messages one after the other, until the client goes or is silent for too long."""
        while not connection.socket.closed:
            left = connection.active_at + self._limits.idle - time.monotonic()
            try:
                message = await connection.socket.receive(timeout=max(left, 0.001))
            except TimeoutError:
                if time.monotonic() >= connection.active_at + self._limits.idle:
                    await connection.socket.close(code=WSCloseCode.GOING_AWAY, message=b"Going away")
                continue
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            connection.active_at = time.monotonic()
            await self._answer(connection, message.data)

    async def _answer(self, connection: _Connection, data: str | bytes) -> None:
        size = len(data.encode() if isinstance(data, str) else data)
        # A client that splits its message into frames may send more; aiohttp does not tell frames apart.
        if isinstance(data, bytes) or size > LARGEST_FRAME:
            await connection.socket.close(code=WSCloseCode.MESSAGE_TOO_BIG)
            return
        event = events.message_event(connection.id, data)
        try:
            answer = await self._instances.invoke(event)
            text = answer.get("body", "")
        except InvocationError as error:
            log.warning("$default: %s", error)
            request_id = event["requestContext"]["requestId"]
            failed = {"message": "Internal server error", "connectionId": connection.id, "requestId": request_id}
            text = json.dumps(failed)
        if text and not connection.socket.closed:
            await connection.socket.send_str(text)

    async def _disconnected(self, connection: _Connection) -> None:
        code = connection.socket.close_code or WSCloseCode.ABNORMAL_CLOSURE
        try:
            await self._instances.invoke(events.disconnect_event(connection.id, code, ""))
        except InvocationError as error:
            log.warning("$disconnect: %s", error)

    async def _post(self, request: web.Request) -> web.Response:
        connection = self._found(request)
        body = await request.read()
        if connection is None:
            return _error(410, "GoneException")
        if len(body) > LARGEST_MESSAGE:
            return _error(413, "PayloadTooLargeException")
        try:
            await connection.socket.send_str(body.decode())
        except ConnectionError:
            return _error(410, "GoneException")
        connection.active_at = time.monotonic()
        return web.Response()

    async def _delete(self, request: web.Request) -> web.Response:
        connection = self._found(request)
        if connection is None:
            return _error(410, "GoneException")
        await connection.socket.close()
        return web.Response(status=204)

    def _found(self, request: web.Request) -> _Connection | None:
        found = self._connections.get(unquote(request.match_info["id"]))
        return None if found is None or found.socket.closed else found


def _error(status: int, kind: str) -> web.Response:
    """Return an error as boto3 reads them."""
    headers: dict[str, Any] = {"x-amzn-ErrorType": kind}
    return web.json_response({"message": None}, status=status, headers=headers)
