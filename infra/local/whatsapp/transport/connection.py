"""One client's websocket: frames in and out, encryption, and the requests the server makes of the client."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

from aiohttp import WSMsgType, web

from infra.local.whatsapp.accounts import Address
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire.decoder import decode
from infra.local.whatsapp.wire.encoder import encode
from infra.local.whatsapp.wire.frames import FrameBuffer, framed
from infra.local.whatsapp.wire.jid import SERVER
from infra.local.whatsapp.wire.node import Attribute, MalformedNode, Node
from infra.local.whatsapp.wire.noise import Transport

log = logging.getLogger(__name__)
_RESPONSE_SECONDS = 20.0
_CLOSE_DELAY_SECONDS = 0.3


class ConnectionEnded(Exception):
    """The client has closed the connection, or does not respond on it."""


class Connection:
    """One client's websocket. Sending never waits: a writer task sends in order what is committed.

    `address` is the device's, None before login; `receiving` whether stanzas are sent to it as they come; `since` and
    `last_received` are Unix time; `latency` returns the seconds that what is sent now takes.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        database: Database,
        abort: Callable[[], None],
        latency: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._socket = socket
        self._database = database
        self.abort = abort
        self.address: Address | None = None
        self.receiving = False
        self.since = self.last_received = time.time()
        self.noise_key = b""
        self._buffer = FrameBuffer()
        self._transport: Transport | None = None
        self._latency = latency
        self._outgoing: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._not_silenced = asyncio.Event()
        self._not_silenced.set()
        self._ended_silenced = False
        self._ids = itertools.count(1)
        self._responses: dict[str, asyncio.Future[Node]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def header(self) -> bytes:
        """The bytes at the beginning of the client's stream; empty before the first frame."""
        return self._buffer.header

    @property
    def number(self) -> str | None:
        return self.address.number if self.address else None

    def secure(self, transport: Transport, noise_key: bytes) -> None:
        """Encrypt and decrypt with this transport from now on; `noise_key` is the client's static key."""
        self._transport, self.noise_key = transport, noise_key

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield frames as they come, none while the connection is silenced; end with the connection."""
        incoming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._start(self._read(incoming))
        self._start(self._write())
        while (frame := await incoming.get()) is not None:
            await self._not_silenced.wait()
            if self._ended_silenced:
                return
            yield frame

    async def _read(self, incoming: asyncio.Queue[bytes | None]) -> None:
        try:
            async for message in self._socket:
                self.last_received = time.time()
                if message.type is WSMsgType.BINARY:
                    for frame in self._buffer.feed(message.data):
                        incoming.put_nowait(frame)
        except MalformedNode as error:
            log.warning("a connection ended: %s", error)
        finally:
            incoming.put_nowait(None)
            self._ended_silenced = not self._not_silenced.is_set()
            self._not_silenced.set()

    async def _write(self) -> None:
        while True:
            due, frame = await self._outgoing.get()
            await asyncio.sleep(max(due - time.monotonic(), 0.0))
            await self._not_silenced.wait()
            try:
                await self._socket.send_bytes(frame)
            except ConnectionError:
                return

    def silence(self) -> None:
        """Neither read nor write from now on, as behind a network that drops all packets."""
        if not self._socket.closed:
            self._not_silenced.clear()

    def resume(self) -> None:
        """End the silence; what was held back goes on."""
        self._not_silenced.set()

    def open(self, frame: bytes) -> Node:
        """Return the stanza in a frame. Raise NoiseError, MalformedNode, or ConnectionEnded before the handshake."""
        if self._transport is None:
            raise ConnectionEnded("a frame before the handshake")
        return decode(self._transport.decrypt(frame))

    def send_raw(self, payload: bytes) -> None:
        """Send a frame without encryption, as the handshake needs it."""
        due = time.monotonic() + self._latency()
        self._database.after_commit(lambda: self._outgoing.put_nowait((due, framed(payload))))

    def send(self, node: Node) -> None:
        if self._transport is not None:
            self.send_raw(self._transport.encrypt(encode(node)))

    async def request(self, xmlns: str, content: list[Node], **attrs: Attribute) -> Node:
        """Send an iq of type set and return the client's response to it; raise ConnectionEnded."""
        id = f"server-{next(self._ids)}"
        response = self._responses[id] = asyncio.get_running_loop().create_future()
        self.send(Node("iq", {"from": SERVER, "type": "set", "id": id, "xmlns": xmlns, **attrs}, content))
        try:
            return await asyncio.wait_for(response, _RESPONSE_SECONDS)
        except TimeoutError as error:
            raise ConnectionEnded("the client did not respond") from error
        finally:
            self._responses.pop(id, None)

    def resolve_request(self, stanza: Node) -> None:
        """Give an iq result or error to the request that waits for it; without one it is a mere confirmation."""
        response = self._responses.get(stanza.text("id"))
        if response and not response.done():
            response.set_result(stanza)

    def close_with(self, last_stanza: Node) -> None:
        """Send a last stanza and close a moment later.

        Closing at once would race the client's handling of that stanza (seen with whatsmeow).
        """
        self.receiving = False
        self.send(last_stanza)
        self._start(self._close_later(_CLOSE_DELAY_SECONDS))

    def expect_close(self, within_seconds: float) -> None:
        """Wait for the client to close; after that time close the connection ourselves."""
        self._start(self._close_later(within_seconds))

    async def _close_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._socket.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def release(self) -> None:
        """Fail and cancel everything that waits on this connection, which has ended."""
        self.receiving = False
        for response in self._responses.values():
            if not response.done():
                response.set_exception(ConnectionEnded("the client is gone"))
        for task in self._tasks:
            task.cancel()
