"""The HTTP proxy that leads clients here: it tunnels WhatsApp's hosts, and refuses and records every other."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress

from infra.local.whatsapp.diagnostics import Problems

_CHUNK = 1 << 16
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """`hosts` are tunnelled to `target_port` on loopback."""

    def __init__(self, hosts: Collection[str], target_port: int, problems: Problems) -> None:
        self._allowed = {f"{host}:443" for host in hosts}
        self._target_port = target_port
        self._problems = problems

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client's connection, from CONNECT to its end."""
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            target = _target(await reader.readuntil(b"\r\n\r\n"))
            if target in self._allowed:
                await self._tunnel(reader, writer)
            else:
                self._problems.refused_hosts.append(target)
                writer.write(_REFUSED)
                await writer.drain()
        writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        writer.write(_ESTABLISHED)
        await asyncio.gather(_pump(reader, target_writer), _pump(target_reader, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    sink.close()


def _target(head: bytes) -> str:
    """Return host:port of a CONNECT; of any other request its method and URL, which are then refused."""
    method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    target = rest.rpartition(" ")[0]
    return target if method == "CONNECT" else f"{method} {target}"
