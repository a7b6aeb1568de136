"""What the client does, as generators without input or output; a runner performs them in a thread or an event loop.

A flow yields each `Call` that it needs (the runner sends httpx's response back, or throws httpx's TransportError) and
each `Pause`, and returns its result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

import httpx
from pydantic import ValidationError

from gateway.client import calls
from gateway.client.calls import Call, Page
from gateway.client.errors import (
    NotConnected,
    RateLimited,
    ServerError,
    UnexpectedAnswer,
    Unreachable,
    WaitTimeout,
    problem,
)
from gateway.client.models import Status
from gateway.client.retry import TOO_MANY_REQUESTS, UNAVAILABLE, Retry
from gateway.domain.sessions import SessionState
from gateway.retry_after import retry_after

T = TypeVar("T")
# As many as the API gives at once: who lists sessions wants all of them.
SESSIONS_PAGE = 200
ENDED = (SessionState.DISCONNECTED, SessionState.LOGGED_OUT)


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait of so many seconds."""

    seconds: float


Flow = Generator["Call[Any] | Pause", Any, T]


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Items to yield; `rest` is the flow of the next batch, None where this is the last."""

    items: tuple[T, ...]
    rest: Flow[Batch[T]] | None


def ask(call: Call[T], retry: Retry) -> Flow[T]:
    """Perform a call, again after 429, 503 and lost connections as long as `retry` allows. Raise ClientError."""
    attempt = 1
    while True:
        try:
            response: httpx.Response = yield call
        except httpx.TransportError as error:
            pause = retry.wait(attempt) if _may_repeat(call, error) else None
            if pause is None:
                raise Unreachable(f"The API cannot be reached: {str(error) or type(error).__name__}.") from error
        else:
            pause = _retry_pause(call, response, retry, attempt)
            if pause is None:
                return outcome(call, response)
        attempt += 1
        yield Pause(pause)


def pages(call: Callable[[str | None], Call[Page[T]]], retry: Retry, cursor: str | None = None) -> Flow[Batch[T]]:
    """Return all items of a list in batches; `call` makes the call of the page at a cursor."""
    page = yield from ask(call(cursor), retry)
    return Batch(page.items, pages(call, retry, page.next) if page.next else None)


def statuses(session_id: UUID, retry: Retry, interval: float, last: Status | None = None) -> Flow[Batch[Status]]:
    """Return the status now and after each change, through every outage of the API."""
    read = partial(ask, calls.status(session_id), retry)
    status = yield from through_outages(read, interval)
    while status == last:
        yield Pause(interval)
        status = yield from through_outages(read, interval)
    return Batch((status,), statuses(session_id, retry, interval, status))


def code(session_id: UUID, retry: Retry, timeout: float, interval: float) -> Flow[Status]:
    """Wait for a code, or for a session that needs none to connect. Raise as `connected` does."""
    return _until(lambda status: bool(status.qr_text or status.pairing_code), session_id, retry, timeout, interval)


def connected(session_id: UUID, retry: Retry, timeout: float, interval: float) -> Flow[Status]:
    """Wait for a session to connect. Raise WaitTimeout after `timeout` seconds, NotConnected in a state that stays."""
    return _until(lambda _: False, session_id, retry, timeout, interval)


def _until(
    enough: Callable[[Status], bool], session_id: UUID, retry: Retry, timeout: float, interval: float
) -> Flow[Status]:
    """Return the first status that is enough, or connected."""
    deadline = time.monotonic() + timeout
    while True:
        status = yield from ask(calls.status(session_id), retry)
        if status.status == SessionState.CONNECTED or enough(status):
            return status
        if status.status in ENDED:
            raise NotConnected(status)
        if time.monotonic() + interval > deadline:
            raise WaitTimeout(f"The session is still {status.status} after {timeout:g} s.")
        yield Pause(interval)


def through_outages(flow: Callable[[], Flow[T]], interval: float) -> Flow[T]:
    """Begin a flow again while the API is unreachable or failing, and after the wait that a rate limit asks for."""
    while True:
        try:
            return (yield from flow())
        except (Unreachable, ServerError):
            yield Pause(interval)
        except RateLimited as error:
            yield Pause(max(error.retry_after or 0, interval))


def _may_repeat(call: Call[Any], error: httpx.TransportError) -> bool:
    """Return whether a call may be sent again: one that must not be done twice only where it did not get through."""
    if isinstance(error, httpx.UnsupportedProtocol):
        return False
    return call.repeatable or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _retry_pause(call: Call[Any], response: httpx.Response, retry: Retry, attempt: int) -> float | None:
    if response.status_code not in (TOO_MANY_REQUESTS, UNAVAILABLE) or response.status_code in call.accepts:
        return None
    return retry.wait(attempt, retry_after(response.headers.get("Retry-After")))


def outcome(call: Call[T], response: httpx.Response) -> T:
    """Return what a response says. Raise ClientError."""
    document = response.headers.get("Location") if response.is_redirect else _document(response)
    if response.is_success or response.status_code in call.accepts:
        try:
            return call.read(document)
        except (ValidationError, KeyError, TypeError) as error:
            raise UnexpectedAnswer(f"{call.method} {call.path} was not answered by this API.") from error
    if isinstance(document, dict):
        raise problem(response.status_code, document, retry_after(response.headers.get("Retry-After")))
    if response.is_server_error:
        raise ServerError(response.status_code, {})
    raise UnexpectedAnswer(f"{call.method} {call.path} was answered {response.status_code} by something else.")


def require_file(response: httpx.Response) -> None:
    """Raise ClientError for a response that is not the file that was asked for."""
    if response.is_server_error:
        raise ServerError(response.status_code, {})
    if not response.is_success:
        raise UnexpectedAnswer(f"The file was answered {response.status_code} where it is stored.")


def broken_off(error: httpx.TransportError) -> Unreachable:
    """Return the error of a file that did not come, or not as a whole."""
    return Unreachable(f"The file did not come as a whole: {str(error) or type(error).__name__}.")


def _document(response: httpx.Response) -> object:
    try:
        return response.json() if response.content else None
    except ValueError:
        return None
