"""The proxy that counts statements outlives its server, and counts what waits for an answer."""

from __future__ import annotations

import socket
from contextlib import suppress

from infra.local.ports import LOOPBACK, free_port
from tests.round_trips import Asked, CountingProxy


def _is_hung_up(port: int) -> bool:
    """Whether the other side hangs up: with a reset where it had not read what was sent."""
    with socket.create_connection((LOOPBACK, port), timeout=10) as client, suppress(ConnectionError):
        client.sendall(b"?")
        return client.recv(1) == b""
    return True


def test_it_leads_to_a_server_that_was_away() -> None:
    port = free_port()
    with CountingProxy(f"postgresql://{LOOPBACK}:{port}/x") as proxy:
        own = int(proxy.dsn.rpartition(":")[2].partition("/")[0])
        assert _is_hung_up(own)
        with socket.create_server((LOOPBACK, port)) as server:
            server.settimeout(10)
            with socket.create_connection((LOOPBACK, own), timeout=10) as client:
                client.sendall(b"?")
                accepted, _ = server.accept()
                with accepted:
                    assert accepted.recv(1) == b"?"
                    accepted.sendall(b"!")
                assert client.recv(1) == b"!"


def test_a_flush_on_its_way_begins_no_round_trip() -> None:
    ready, query, flush = b"Z\x00\x00\x00\x05I", b"Q\x00\x00\x00\x05\x00", b"H\x00\x00\x00\x04"
    with (
        socket.create_server((LOOPBACK, 0)) as server,
        CountingProxy(f"postgresql://{LOOPBACK}:{server.getsockname()[1]}/x") as proxy,
    ):
        own = int(proxy.dsn.rpartition(":")[2].partition("/")[0])
        with socket.create_connection((LOOPBACK, own), timeout=10) as client, server.accept()[0] as accepted:
            accepted.settimeout(10)
            accepted.sendall(ready)
            assert client.recv(6) == ready
            for _ in range(2):
                client.sendall(query)
                assert accepted.recv(6) == query
                accepted.sendall(ready)
                assert client.recv(6) == ready
                client.sendall(flush)
                assert accepted.recv(5) == flush
            assert proxy.asked == Asked(2, 2)
