"""One request to a webhook: to a public address, until a deadline, no redirects, and of the answer the beginning."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import httpx2

from gateway.domain.sanitize import sanitize_text
from gateway.outbound.bounds import deadline
from gateway.outbound.client import guarded_client
from gateway.outbound.egress import AddressNotPublic
from gateway.retry_after import retry_after

_ANSWER_BYTES = 1024


class Unanswered(StrEnum):
    """Why there was no answer."""

    ADDRESS_NOT_PUBLIC = "address_not_public"
    BAD_CERTIFICATE = "bad_certificate"
    NOT_REACHED = "not_reached"
    TIMED_OUT = "timed_out"
    BROKEN_OFF = "broken_off"


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is HTTP's, None where there was no answer; `retry_after` is in seconds."""

    at: datetime
    status: int | None
    error: Unanswered | None
    duration_ms: int
    beginning: str | None = None
    retry_after: float | None = None


class Transport:
    """`timeout` in seconds bounds a request; `private` allows addresses of our own network."""

    def __init__(self, timeout: float, *, private: bool) -> None:
        self._timeout = timeout
        self._client = guarded_client(httpx2.create_ssl_context(), timeout, private=private)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Return what came of it; never raises what a network or a stranger can cause."""
        at, started = datetime.now(UTC), time.monotonic()
        status, error, beginning, wait = None, None, None, None
        try:
            with deadline(self._timeout), self._client.stream("POST", url, content=body, headers=headers) as response:
                status, wait = response.status_code, retry_after(response.headers.get("retry-after"))
                beginning = _beginning(response)
        except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
            # Who has answered with a status has answered.
            error = None if status is not None else _reason(problem)
        duration_ms = round((time.monotonic() - started) * 1000)
        return Answer(at, status, error, duration_ms, beginning, wait)

    def close(self) -> None:
        self._client.close()


def _beginning(response: httpx2.Response) -> str:
    read = b""
    for part in response.iter_raw():
        read += part
        if len(read) >= _ANSWER_BYTES:
            break
    return sanitize_text(read[:_ANSWER_BYTES].decode(errors="replace"))


def _reason(problem: Exception) -> Unanswered:
    if isinstance(problem, AddressNotPublic):
        return Unanswered.ADDRESS_NOT_PUBLIC
    if isinstance(problem, httpx2.TimeoutException):
        return Unanswered.TIMED_OUT
    if isinstance(problem, httpx2.ConnectError):
        return Unanswered.BAD_CERTIFICATE if "CERTIFICATE" in str(problem).upper() else Unanswered.NOT_REACHED
    return Unanswered.BROKEN_OFF
