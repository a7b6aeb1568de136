from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from tests.chaos.proxy import Proxies, Proxy

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
def proxies() -> Iterator[Proxies]:
    with Proxies() as proxies:
        yield proxies


@pytest.fixture
def proxy(proxies: Proxies, echo: int) -> Proxy:
    return proxies.to(echo)


def connected(proxy: Proxy) -> closing[socket.socket]:
    return closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE))


def said(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    return connection.recv(1024)


def test_what_is_sent_arrives(proxy: Proxy) -> None:
    with connected(proxy) as connection:
        assert said(connection, b"hello") == b"hello"


def test_a_cut_resets_old_connections_and_new_ones_until_it_is_mended(proxies: Proxies, proxy: Proxy) -> None:
    with connected(proxy) as old:
        said(old, b"hello")
        proxies.do(proxy.cut)
        with pytest.raises(ConnectionResetError):
            said(old, b"anybody?")
        with pytest.raises(ConnectionResetError), connected(proxy) as new:
            new.recv(1)
    proxies.do(proxy.mend)
    with connected(proxy) as connection:
        assert said(connection, b"hello again") == b"hello again"


def test_what_is_stalled_arrives_when_it_is_mended(proxies: Proxies, proxy: Proxy) -> None:
    with connected(proxy) as connection:
        proxies.do(proxy.stall)
        connection.sendall(b"late")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1024)
        proxies.do(proxy.mend)
        connection.settimeout(PATIENCE)
        assert connection.recv(1024) == b"late"


def test_the_end_of_one_side_is_told_to_the_other(proxies: Proxies, proxy: Proxy) -> None:
    with connected(proxy) as connection:
        said(connection, b"hello")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1024) == b""


def test_proxies_end_with_open_connections_and_stalled_ones(echo: int) -> None:
    with Proxies() as proxies:
        open_one, stalled = proxies.to(echo), proxies.to(echo)
        with connected(open_one) as one, connected(stalled) as other:
            said(one, b"hello")
            said(other, b"hello")
            proxies.do(stalled.stall)
            other.sendall(b"late")
            proxies.do(open_one.close)
            with pytest.raises(ConnectionResetError):
                said(one, b"anybody?")
