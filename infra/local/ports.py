"""TCP ports on loopback."""

from __future__ import annotations

import random
import socket
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
# Below Linux's range for outgoing connections (32768-60999): a port from there can be taken by any client while the
# server that owns it restarts, even by a client that retries to reach it and ends up connected to itself.
SERVER_PORTS = range(20000, 32000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port nobody listens on, chosen at random so that parallel test workers hardly ever meet."""
    for port in random.sample(SERVER_PORTS, 100):
        if is_free(port):
            return port
    raise OSError(f"no free port between {SERVER_PORTS.start} and {SERVER_PORTS.stop}")


def answers_ok(url: str) -> bool:
    """Whether a server on loopback answers 200 within two seconds."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or LOOPBACK, address.port, timeout=2)
    try:
        connection.request("GET", address.path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
