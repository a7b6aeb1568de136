from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from tests.chaos.proxy import Wire, Wires

PATIENCE = 20.0


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    """The port of a server that says what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def _serve(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_echo, args=(connection,), daemon=True).start()


def _echo(connection: socket.socket) -> None:
    with connection, suppress(ConnectionResetError):
        while data := connection.recv(1024):
            connection.sendall(data)


@pytest.fixture(scope="module")
def wires() -> Iterator[Wires]:
    with Wires() as wires:
        yield wires


@pytest.fixture
def wire(wires: Wires, echo: int) -> Wire:
    return wires.to(echo)


def connected(wire: Wire) -> closing[socket.socket]:
    return closing(socket.create_connection(("127.0.0.1", wire.port), timeout=PATIENCE))


def said(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    return connection.recv(1024)


def test_what_is_sent_arrives(wire: Wire) -> None:
    with connected(wire) as connection:
        assert said(connection, b"hello") == b"hello"


def test_a_cut_resets_old_connections_and_new_ones_until_it_is_mended(wires: Wires, wire: Wire) -> None:
    with connected(wire) as old:
        said(old, b"hello")
        wires.do(wire.cut)
        with pytest.raises(ConnectionResetError):
            said(old, b"anybody?")
        with pytest.raises(ConnectionResetError), connected(wire) as new:
            new.recv(1)
    wires.do(wire.mend)
    with connected(wire) as connection:
        assert said(connection, b"hello again") == b"hello again"


def test_what_is_stalled_arrives_when_it_is_mended(wires: Wires, wire: Wire) -> None:
    with connected(wire) as connection:
        wires.do(wire.stall)
        connection.sendall(b"late")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1024)
        wires.do(wire.mend)
        connection.settimeout(PATIENCE)
        assert connection.recv(1024) == b"late"


def test_the_end_of_one_side_is_told_to_the_other(wires: Wires, wire: Wire) -> None:
    with connected(wire) as connection:
        said(connection, b"hello")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1024) == b""
