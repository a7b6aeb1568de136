"""The TCP ports of the server, the same at every start."""

from __future__ import annotations

import socket
from contextlib import suppress

from infra.local.whatsapp.database import Database

LOOPBACK = "127.0.0.1"


class KeptPorts:
    """The ports: those given, else those of the last start, so that running clients find the server again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bind(self, name: str, port: int) -> socket.socket:
        """Return a bound socket; raise OSError when a given port (not 0) is taken."""
        row = self._database.row("SELECT port FROM ports WHERE name = ?", name)
        if not port and row:
            with suppress(OSError):
                return _bound(int(row[0]))
        bound = _bound(port)
        self._database.execute("INSERT OR REPLACE INTO ports VALUES (?, ?)", name, bound.getsockname()[1])
        return bound


def _bound(port: int) -> socket.socket:
    # Named, or asyncio lets small frames of the connections that are accepted wait for each other's receipt.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    return listener
