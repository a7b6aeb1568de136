"""The proxies between processes: what goes through one can be cut, or held up without a word."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from infra.local.ports import LOOPBACK

_CHUNK = 1 << 16


class Proxy:
    """Leads from a port of its own to another one of this machine; runs in the loop of its Proxies."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._is_cut = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0, backlog=1024)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no new connection, and reset those there are."""
        self._server.close()
        self._flows.set()
        await self.cut()

    async def cut(self) -> None:
        """Reset every connection, and each new one, until `mend`."""
        self._is_cut = True
        for end in self._ends:
            _reset(end)

    async def stall(self) -> None:
        """Hold up what is sent, and do not say so, until `mend`."""
        self._flows.clear()

    async def mend(self) -> None:
        self._is_cut = False
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            return _reset(writer)
        with suppress(OSError):
            other_reader, other_writer = await asyncio.open_connection(LOOPBACK, self._target)
            self._ends |= {writer, other_writer}
            await asyncio.gather(self._pump(reader, other_writer), self._pump(other_reader, writer))
            self._ends -= {writer, other_writer}
        writer.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(_CHUNK):
                await self._flows.wait()
                sink.write(data)
                await sink.drain()
        sink.close()


def _reset(end: asyncio.StreamWriter) -> None:
    """Close at once, which the other side hears as a reset."""
    with suppress(OSError):
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.transport.abort()


class Proxies:
    """A loop on a thread of its own, in which proxies run until the end of the `with` block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._proxies: list[Proxy] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def to(self, port: int) -> Proxy:
        proxy = Proxy(port)
        self.do(proxy.open)
        self._proxies.append(proxy)
        return proxy

    async def _end(self) -> None:
        for proxy in self._proxies:
            await proxy.close()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    def do(self, action: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something with a proxy: its `cut`, `stall` or `mend`."""
        done: Future[None] = asyncio.run_coroutine_threadsafe(action(), self._loop)
        done.result(10)
