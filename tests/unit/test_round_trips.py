"""The proxy that counts statements outlives its server."""

from __future__ import annotations

import socket
from contextlib import suppress

from infra.local.ports import LOOPBACK, free_port
from tests.round_trips import CountingProxy


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
