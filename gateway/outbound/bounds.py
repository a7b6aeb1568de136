"""Bounds of a call to somebody else's service: until when it must be over, and how much the service may answer.

The time limits of httpx are of each read, so that a service that sends a byte now and then is never too slow for them.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx2

# An answer of the largest model with the largest limit of tokens is a tenth of it.
MAX_BYTES = 1_000_000


class TooLarge(httpx2.DecodingError):
    """The service answered more than MAX_BYTES, or in a form whose size cannot be known beforehand."""


class _Deadline(threading.local):
    """Of the call that this thread makes, on time.monotonic()."""

    at = float("inf")


_deadline = _Deadline()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let every read and write of this thread fail as timed out once so many seconds are over."""
    _deadline.at = time.monotonic() + seconds
    try:
        yield
    finally:
        _deadline.at = float("inf")


def keep_to_deadline(client: httpx2.Client) -> None:
    """Let every connection of a client, also one through a proxy, keep to the deadline of the thread that uses it."""
    # httpx has no parameter for the network beneath its transports.
    for transport in (client._transport, getattr(client._transport, "inner", None), *client._mounts.values()):
        if isinstance(transport, httpx2.HTTPTransport):
            transport._pool._network_backend = Network()


def ask_uncompressed(request: httpx2.Request) -> None:
    """Ask for an answer whose size is known while it is read: what is compressed could become of any size."""
    request.headers["Accept-Encoding"] = "identity"


def limit_size(response: httpx2.Response) -> None:
    """Let the reading of the response fail after MAX_BYTES. Raises TooLarge where it is compressed all the same."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        response.close()
        raise TooLarge("compressed")
    if isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _Bounded(response.stream)


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for part in self._inner:
            size += len(part)
            if size > MAX_BYTES:
                raise TooLarge("too large")
            yield part

    def close(self) -> None:
        self._inner.close()


class Network(httpcore2.SyncBackend):
    """The network, in which nothing lasts longer than the deadline of the thread."""

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *rest: Any, **options: Any) -> _Stream:  # noqa: ANN401
        left = _left(timeout, httpcore2.ConnectTimeout)
        try:
            return _Stream(super().connect_tcp(host, port, left, *rest, **options))
        except UnicodeError as error:
            # A part of the name is empty, or longer than names may be: nobody can be asked for it.
            raise httpcore2.ConnectError("the host is not known") from error


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, error: type[httpcore2.TimeoutException]) -> float:
    """Return the seconds that are left, at most `timeout`. Raises `error` where there are none."""
    left = _deadline.at - time.monotonic()
    if left <= 0:
        raise error("the deadline of the call is over")
    return left if timeout is None else min(timeout, left)
