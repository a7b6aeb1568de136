"""Counts what a process asks of PostgreSQL: a proxy on the way there that reads both sides' messages."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

# Of the frontend's messages, those that let the server run a statement: Query and Execute.
_STATEMENTS = (b"Q", b"E")
_HEADER_BYTES = 5
# psycopg sends it while answers are on their way, and it has none of its own.
_FLUSH = b"H\x00\x00\x00\x04"
_READ_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Asked:
    """Statements, BEGIN and COMMIT among them, and how often somebody waited for the server's response."""

    round_trips: int
    statements: int

    def __sub__(self, earlier: Asked) -> Asked:
        return Asked(self.round_trips - earlier.round_trips, self.statements - earlier.statements)


class CountingProxy:
    """Listens on a free port of loopback; `dsn` leads through it to the server of another one."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.dsn = self.through(dsn)
        self._lock = threading.Lock()
        self._asked = Asked(0, 0)

    def through(self, dsn: str) -> str:
        """Return what leads another login, or database, of the same server through this proxy."""
        parts = urlsplit(dsn)
        host = parts.netloc.rpartition("@")[0] + f"@127.0.0.1:{self._listener.getsockname()[1]}"
        return parts._replace(netloc=host).geturl()

    @property
    def asked(self) -> Asked:
        """What was asked so far on all connections; connecting is not counted."""
        with self._lock:
            return self._asked

    def count(self, round_trips: int, statements: int) -> None:
        with self._lock:
            self._asked = Asked(self._asked.round_trips + round_trips, self._asked.statements + statements)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="counting-proxy", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # A thread that waits in accept() keeps the port open otherwise.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._lead(self._listener.accept()[0])

    def _lead(self, client: socket.socket) -> None:
        """Connect a client with the server, or hang up: a server that is away for a while comes back."""
        try:
            server = socket.create_connection(self._server)
        except OSError:
            return client.close()
        _Link(self, client, server)


class _Link:
    """One connection: a round trip begins when the client writes after the server has answered."""

    def __init__(self, proxy: CountingProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._is_ready = False
        self._has_answered = True
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._carry, args=(client, server), name="counting-proxy-link", daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            responses = threading.Thread(target=self._responses, args=(client, server), daemon=True)
            responses.start()
            self._requests(client, server)
            responses.join()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        unread = b""
        with suppress(OSError):
            while data := client.recv(_READ_BYTES):
                if self._is_ready and (unread or data != _FLUSH):
                    statements, unread = _statements(unread + data)
                    self._proxy.count(int(self._has_answered and data[:1] != b"X"), statements)
                    self._has_answered = False
                server.sendall(data)
        _end(client, server)

    def _responses(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(_READ_BYTES):
                # ReadyForQuery, idle: what came before was the login.
                self._is_ready = self._is_ready or data.endswith(b"Z\x00\x00\x00\x05I")
                self._has_answered = True
                client.sendall(data)
        _end(client, server)


def _statements(data: bytes) -> tuple[int, bytes]:
    """Return how many statements the whole messages in it run, and what is left of one that is not whole."""
    count = 0
    while len(data) >= _HEADER_BYTES:
        length = 1 + int.from_bytes(data[1:_HEADER_BYTES])
        if len(data) < length:
            break
        count += data[:1] in _STATEMENTS
        data = data[length:]
    return count, data


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
