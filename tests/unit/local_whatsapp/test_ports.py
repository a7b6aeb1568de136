"""The sockets by which clients reach the local WhatsApp server."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.transport.ports import LOOPBACK, KeptPorts


async def _delays_nothing(listener: socket.socket) -> bool:
    """Return whether a connection that asyncio accepts sends small frames at once."""
    accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.set_result(bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    async with await asyncio.start_server(accept, sock=listener):
        _, client = await asyncio.open_connection(LOOPBACK, listener.getsockname()[1])
        result = await accepted
        client.close()
    return result


def test_a_frame_does_not_wait_until_the_one_before_is_received(tmp_path: Path) -> None:
    database = Database(tmp_path / "whatsapp.sqlite3")
    try:
        listener = KeptPorts(database).bind("tls", 0)
        assert asyncio.run(_delays_nothing(listener))
    finally:
        database.close()
