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

_log = logging.getLogger(__name__)
_ANSWER_SECONDS = 20.0
_GOODBYE_SECONDS = 0.3


class ConnectionEnded(Exception):
    """The client is gone."""


class Connection:
    """One client's websocket. Sending never waits: a writer task sends in order what is committed."""

    def __init__(self, socket: web.WebSocketResponse, database: Database, abort: Callable[[], None]) -> None:
        self._socket = socket
        self._database = database
        self.abort = abort
        self.address: Address | None = None
        self.receiving = False
        self.since = self.last_heard = time.time()
        self.noise_key = b""
        self._buffer = FrameBuffer()
        self._transport: Transport | None = None
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._audible = asyncio.Event()
        self._audible.set()
        self._deaf = False
        self._ids = itertools.count(1)
        self._answers: dict[str, asyncio.Future[Node]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def header(self) -> bytes:
        """The bytes the client began with; empty before the first frame."""
        return self._buffer.header

    @property
    def number(self) -> str | None:
        return self.address.number if self.address else None

    def secure(self, transport: Transport, noise_key: bytes) -> None:
        self._transport, self.noise_key = transport, noise_key

    async def frames(self) -> AsyncGenerator[bytes]:
        """Frames as they come, held back while the connection is silenced; ends with the connection."""
        incoming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._start(self._read(incoming))
        self._start(self._write())
        while (frame := await incoming.get()) is not None:
            await self._audible.wait()
            if self._deaf:
                return
            yield frame

    async def _read(self, incoming: asyncio.Queue[bytes | None]) -> None:
        try:
            async for message in self._socket:
                self.last_heard = time.time()
                if message.type is WSMsgType.BINARY:
                    for frame in self._buffer.feed(message.data):
                        incoming.put_nowait(frame)
        except MalformedNode as error:
            _log.warning("a connection ended: %s", error)
        finally:
            incoming.put_nowait(None)
            self._deaf = not self._audible.is_set()
            self._audible.set()

    async def _write(self) -> None:
        while True:
            frame = await self._outgoing.get()
            await self._audible.wait()
            try:
                await self._socket.send_bytes(frame)
            except ConnectionError:
                return

    def silence(self) -> None:
        """From now on the client is neither heard nor answered, as behind a network that swallows packets."""
        if not self._socket.closed:
            self._audible.clear()

    def resume(self) -> None:
        self._audible.set()

    def open(self, frame: bytes) -> Node:
        """Raises NoiseError or MalformedNode."""
        if self._transport is None:
            raise ConnectionEnded("a frame before the handshake")
        return decode(self._transport.decrypt(frame))

    def send_raw(self, payload: bytes) -> None:
        self._database.after_commit(lambda: self._outgoing.put_nowait(framed(payload)))

    def send(self, node: Node) -> None:
        if self._transport is not None:
            self.send_raw(self._transport.encrypt(encode(node)))

    async def request(self, xmlns: str, content: list[Node], **attrs: Attribute) -> Node:
        """The client's answer to an iq of type set; raises ConnectionEnded."""
        id = f"server-{next(self._ids)}"
        answer = self._answers[id] = asyncio.get_running_loop().create_future()
        self.send(Node("iq", {"from": SERVER, "type": "set", "id": id, "xmlns": xmlns, **attrs}, content))
        try:
            return await asyncio.wait_for(answer, _ANSWER_SECONDS)
        except TimeoutError as error:
            raise ConnectionEnded("the client did not answer") from error
        finally:
            self._answers.pop(id, None)

    def answered(self, stanza: Node) -> None:
        """Hands an iq result or error to who waits for it; those nobody waits for are confirmations."""
        waiting = self._answers.get(stanza.text("id"))
        if waiting and not waiting.done():
            waiting.set_result(stanza)

    def finish(self, goodbye: Node) -> None:
        """Closing at once would race the client's handling of the goodbye (seen with whatsmeow), so wait a little."""
        self.receiving = False
        self.send(goodbye)
        self._start(self._close_later(_GOODBYE_SECONDS))

    def expect_hangup(self, within_seconds: float) -> None:
        """The client is to close; after that time we do."""
        self._start(self._close_later(within_seconds))

    async def _close_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._socket.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def ended(self) -> None:
        """Lets go of everything that waits on this connection."""
        self.receiving = False
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionEnded("the client is gone"))
        for task in self._tasks:
            task.cancel()
