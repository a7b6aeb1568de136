"""Events as they happen, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

`id` is the cursor of the event log, so that a client that comes back with Last-Event-ID misses nothing. Where responses
are not streamed, behind Lambda, one ends as soon as there is something in it, and the client comes back at once.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from uuid import UUID

import psycopg
from starlette.concurrency import run_in_threadpool

from functions.api.services import Services
from gateway.callers import Caller, still_allowed
from gateway.domain.access import Reach, Scope
from gateway.domain.errors import CursorExpired, Forbidden, GatewayError, NotFound, Unauthenticated
from gateway.event_tail import Follower
from gateway.schemas import envelopes
from gateway.schemas.envelopes import Payload
from gateway.schemas.event_body import EventBody
from gateway.store import event_log, sessions
from gateway.store.database import Connection
from gateway.store.event_log import EventFilter, Position
from gateway.store.failures import Cause, cause_of

MEDIA_TYPE = "text/event-stream"
# The last message of a stream that cannot go on, whoever opens it again: its data are a problem's `code` and `detail`.
ENDED = "stream.ended"

HEARTBEAT_SECONDS = 15.0
# Less than the 30 s of API Gateway and the 29 s of the function, with time to wait for the database.
BUFFERED_SECONDS = 20.0
_BATCH = 100
_LOOK_SECONDS = 0.5
_RETRY_MILLISECONDS = 2000
_RETRY_AT_ONCE_MILLISECONDS = 50
_ENDS = (Unauthenticated, Forbidden, NotFound, CursorExpired)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a stream is to carry; `session_id` is that of a stream of one session."""

    only: EventFilter
    payload: Payload
    session_id: UUID | None = None


class EventStream:
    """One client's stream: while it waits it holds no connection to the database, and nobody else up."""

    def __init__(
        self, services: Services, caller: Caller, wanted: Wanted, position: Position, *, is_buffered: bool
    ) -> None:
        self._services = services
        self._caller = caller
        self._wanted = wanted
        self._position = position
        self._is_buffered = is_buffered
        self._is_behind = True
        self._woken = asyncio.Event()
        self._reach = caller.reach
        self._check_at = float("-inf")
        longest = services.settings.stream_seconds
        self._ends_at = time.monotonic() + (min(longest, BUFFERED_SECONDS) if is_buffered else longest)

    async def chunks(self) -> AsyncIterator[str]:
        """Yield the text of the stream, until there is a reason to end it."""
        with self._followed():
            retry = _RETRY_AT_ONCE_MILLISECONDS if self._is_buffered else _RETRY_MILLISECONDS
            yield f"retry: {retry}\nid: {self._position}\n\n"
            while True:
                self._woken.clear()
                try:
                    events = await run_in_threadpool(self._read)
                except _ENDS as error:
                    yield _end_of(error)
                    return
                # A comment keeps proxies from closing the connection; an id without data moves the cursor alone.
                yield "".join(map(_message, events)) or f": heartbeat\nid: {self._position}\n\n"
                if time.monotonic() >= self._ends_at or (self._is_buffered and events):
                    return
                if not self._is_behind:
                    await self._wait()

    def _followed(self) -> AbstractContextManager[None]:
        if self._is_buffered:
            return nullcontext()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._woken.set)

        # Whatever of the key's rights ends is noticed when the events are read.
        follower = Follower(self._caller.reach, self._wanted.only, wake)
        return self._services.tail.following(follower)

    async def _wait(self) -> None:
        """Return when there may be news, or it is time for a heartbeat."""
        if self._is_buffered:
            await asyncio.sleep(_LOOK_SECONDS)
            return
        left = max(self._ends_at - time.monotonic(), 0.0)
        try:
            await asyncio.wait_for(self._woken.wait(), min(left, HEARTBEAT_SECONDS))
        except TimeoutError:
            return

    def _read(self) -> list[EventBody]:
        """Return what comes next; nothing while the database is away. Raises what is in `_ENDS`."""
        try:
            events, position = self._services.database.ask(self._next)
        except psycopg.OperationalError as error:
            if cause_of(error) is Cause.DATA:
                raise
            self._is_behind = False
            return []
        self._position, self._is_behind = position, len(events) == _BATCH
        return events

    def _next(self, connection: Connection) -> tuple[list[EventBody], Position]:
        if time.monotonic() >= self._check_at:
            self._reach = self._current_reach(connection)
            self._check_at = time.monotonic() + HEARTBEAT_SECONDS
        found, position = event_log.read(connection, self._reach, self._position, _BATCH, self._wanted.only)
        return envelopes.render(connection, found, self._wanted.payload), position

    def _current_reach(self, connection: Connection) -> Reach:
        """Return what it may read for the next seconds: a key can be revoked, a session deleted."""
        session_id = self._wanted.session_id
        reach = still_allowed(connection, self._caller.key_id, self._caller.token, Scope.READ, session_id)
        if session_id is not None:
            sessions.get(connection, reach, session_id)
        return reach


def _message(event: EventBody) -> str:
    return f"id: {event.id}\nevent: {event.type}\ndata: {event.model_dump_json(by_alias=True)}\n\n"


def _end_of(error: GatewayError) -> str:
    return f"event: {ENDED}\ndata: {json.dumps({'code': error.code, 'detail': str(error)})}\n\n"
