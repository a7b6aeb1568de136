"""TCP ports on loopback."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import psutil

LOOPBACK = "127.0.0.1"
# Below Linux's range for outgoing connections (32768-60999): a port from there can be taken by any client while the
# server that owns it restarts, even by a client that retries to reach it and ends up connected to itself.
SERVER_PORTS = range(20000, 32000)


@dataclass(frozen=True, slots=True)
class Port:
    """A port and who listens on it; `variable` is the setting that changes it."""

    number: int
    owner: str
    variable: str


class PortTaken(Exception):
    """Another process listens on a port that is needed."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a port that is free, chosen at random so that parallel test workers hardly ever take the same."""
    for port in random.sample(SERVER_PORTS, 100):
        if is_free(port):
            return port
    raise OSError(f"no free port between {SERVER_PORTS.start} and {SERVER_PORTS.stop}")


def require_free(ports: Sequence[Port]) -> None:
    """Raise PortTaken with a sentence on each port that is not free."""
    taken = [_describe_taken(port) for port in ports if not is_free(port.number)]
    twice = [port for port in ports if sum(other.number == port.number for other in ports) > 1]
    if twice:
        taken.append(f"{' and '.join(port.variable for port in twice)} are the same port {twice[0].number}.")
    if taken:
        raise PortTaken("\n".join(taken))


def _describe_taken(port: Port) -> str:
    return (
        f"Port {port.number} is taken{_listener(port.number)}, but {port.owner} needs it."
        f" End that process or choose another port: make up {port.variable}={free_port()}"
    )


def _listener(number: int) -> str:
    """Return which process listens there, as far as we may see; else an empty text."""
    try:
        listening = [one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN and one.pid]
        pid = next(one.pid for one in listening if one.laddr and one.laddr.port == number)
        return f" by {psutil.Process(pid).name()} (process {pid})"
    except (psutil.Error, StopIteration):
        return ""


def responds_ok(url: str) -> bool:
    """Return whether a server on loopback responds with 200 within two seconds."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or LOOPBACK, address.port, timeout=2)
    try:
        connection.request("GET", address.path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
