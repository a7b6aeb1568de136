"""What the client does, as generators that ask for exchanges and pauses; one thread or an event loop performs them.

A flow yields `Call` (answered with httpx's response, or thrown its TransportError) and `Pause`, and returns its result.
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
    NotFound,
    RateLimited,
    ServerError,
    UnexpectedAnswer,
    Unreachable,
    WaitTimeout,
    problem,
)
from gateway.client.models import Event, Message, Status
from gateway.client.retry import TOO_MANY_REQUESTS, UNAVAILABLE, Retry, retry_after
from gateway.domain.events import EventType
from gateway.domain.sessions import SessionState

T = TypeVar("T")
EVENTS_PAGE = 200
ENDED = (SessionState.DISCONNECTED, SessionState.LOGGED_OUT)


@dataclass(frozen=True, slots=True)
class Pause:
    """Let `seconds` pass."""

    seconds: float


Flow = Generator["Call[Any] | Pause", Any, T]


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Items that are there; `rest` is the flow that brings the following ones."""

    items: tuple[T, ...]
    rest: Flow[Batch[T]] | None


def ask(call: Call[T], retry: Retry) -> Flow[T]:
    """Again after 429, 503 and lost connections, as long as `retry` allows. Raises ClientError."""
    attempt = 1
    while True:
        try:
            response: httpx.Response = yield call
        except httpx.TransportError as error:
            pause = None if isinstance(error, httpx.UnsupportedProtocol) else retry.wait(attempt)
            if pause is None:
                raise Unreachable(f"The API cannot be reached: {str(error) or type(error).__name__}.") from error
        else:
            pause = _wait_asked(call, response, retry, attempt)
            if pause is None:
                return _read(call, response)
        attempt += 1
        yield Pause(pause)


def pages(page: Callable[[str | None], Call[Page[T]]], retry: Retry, cursor: str | None = None) -> Flow[Batch[T]]:
    """All items of a list."""
    answer = yield from ask(page(cursor), retry)
    return Batch(answer.items, pages(page, retry, answer.next) if answer.next else None)


def statuses(session_id: UUID, retry: Retry, interval: float, last: Status | None = None) -> Flow[Batch[Status]]:
    """The status now and whenever it has changed."""
    status = yield from ask(calls.status(session_id), retry)
    while status == last:
        yield Pause(interval)
        status = yield from ask(calls.status(session_id), retry)
    return Batch((status,), statuses(session_id, retry, interval, status))


def connected(session_id: UUID, retry: Retry, timeout: float, interval: float) -> Flow[Status]:
    """Raises WaitTimeout, and NotConnected once somebody must act."""
    deadline = time.monotonic() + timeout
    while True:
        status = yield from ask(calls.status(session_id), retry)
        if status.status == SessionState.CONNECTED:
            return status
        if status.status in ENDED:
            raise NotConnected(status)
        if time.monotonic() + interval > deadline:
            raise WaitTimeout(f"The session is still {status.status} after {timeout:g} s.")
        yield Pause(interval)


def last_event(session_id: UUID, retry: Retry) -> Flow[int]:
    """The number of the newest event."""
    after = 0
    while True:
        page = yield from ask(calls.events(session_id, after, EVENTS_PAGE), retry)
        if not page.items:
            return after
        after = int(page.next or after)


def follow_events(session_id: UUID, retry: Retry, interval: float, after: int | None) -> Flow[Batch[Event]]:
    """Events as they come, through every outage of the API; `after` None begins with what comes from now on."""
    if after is None:
        after = yield from _patiently(partial(last_event, session_id, retry), interval)
    call = calls.events(session_id, after, EVENTS_PAGE)
    while True:
        page = yield from _patiently(partial(ask, call, retry), interval)
        if page.items:
            return Batch(page.items, follow_events(session_id, retry, interval, int(page.next or after)))
        yield Pause(interval)


def follow_messages(
    session_id: UUID, retry: Retry, interval: float, events: Flow[Batch[Event]]
) -> Flow[Batch[Message]]:
    """The messages behind the `message.received` events."""
    batch = yield from events
    messages: list[Message] = []
    for event in batch.items:
        if event.type == EventType.MESSAGE_RECEIVED:
            call = calls.message(session_id, event.data["id"])
            found = yield from _patiently(partial(_if_any, call, retry), interval)
            messages += [found] if found else []
    return Batch(tuple(messages), follow_messages(session_id, retry, interval, batch.rest) if batch.rest else None)


def _if_any(call: Call[T], retry: Retry) -> Flow[T | None]:
    """None for what is gone, such as a copy that a merge of two chats has removed."""
    try:
        return (yield from ask(call, retry))
    except NotFound:
        return None


def _patiently(flow: Callable[[], Flow[T]], interval: float) -> Flow[T]:
    """Begin anew as long as the API is away, or asks to be left alone."""
    while True:
        try:
            return (yield from flow())
        except (Unreachable, ServerError):
            yield Pause(interval)
        except RateLimited as error:
            yield Pause(max(error.retry_after or 0, interval))


def _wait_asked(call: Call[Any], response: httpx.Response, retry: Retry, attempt: int) -> float | None:
    if response.status_code not in (TOO_MANY_REQUESTS, UNAVAILABLE) or response.status_code in call.accepts:
        return None
    return retry.wait(attempt, retry_after(response.headers.get("Retry-After")))


def _read(call: Call[T], response: httpx.Response) -> T:
    document = _document(response)
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


def _document(response: httpx.Response) -> object:
    try:
        return response.json() if response.content else None
    except ValueError:
        return None
