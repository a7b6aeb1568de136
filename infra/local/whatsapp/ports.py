from __future__ import annotations

import socket
from contextlib import suppress

from infra.local.whatsapp.database import Database

LOOPBACK = "127.0.0.1"


class KeptPorts:
    """Where to listen: as asked, else where it was the last time, so that running clients find us again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bind(self, name: str, asked: int) -> socket.socket:
        """A bound socket; raises OSError when the port asked for is taken."""
        row = self._database.row("SELECT port FROM ports WHERE name = ?", name)
        if not asked and row:
            with suppress(OSError):
                return _bound(int(row[0]))
        bound = _bound(asked)
        self._database.execute("INSERT OR REPLACE INTO ports VALUES (?, ?)", name, bound.getsockname()[1])
        return bound


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    return listener
