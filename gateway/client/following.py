"""Following events: a stream of server-sent events, opened again where it ended; or polling, where streams do not pass.

Knows neither threads nor asyncio: runners open what `stream` asks for and hand over what comes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from httpx_sse import ServerSentEvent
from pydantic import ValidationError

from gateway.client import calls
from gateway.client.calls import Call, Id, Page, no_content, path, query
from gateway.client.errors import UnexpectedAnswer, problem
from gateway.client.events import Event, event_of
from gateway.client.flows import Batch, Flow, Pause, ask, outcome, through_outages
from gateway.client.retry import TOO_MANY_REQUESTS, Retry
from gateway.domain.events import EventType
from gateway.retry_after import retry_after

EVENTS_PAGE = 200
MEDIA_TYPE = "text/event-stream"
# What a stream says is no event of the log, but why it cannot be opened again.
_ENDED = "stream.ended"
_STATUSES = {"unauthenticated": 401, "forbidden": 403, "not_found": 404, "cursor_expired": 410}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are followed: of these types and sessions, with messages (`full`) or without (`ids`).

    `session_id` is that of a session whose end is told by NotFound; `read` makes an event of its JSON.
    """

    types: Collection[EventType | str] | None = None
    session_ids: Collection[Id] | None = None
    payload: str = "full"
    session_id: Id | None = None
    read: Callable[[Any], Event] = event_of

    def page(self, after: str) -> Call[Page[Event]]:
        """Read events after a cursor, oldest first; `next` of the page is the next cursor, never None."""
        sessions = self.session_ids if self.session_id is None else [self.session_id]
        parameters = query(after=after, types=self.types, session_ids=sessions, payload=self.payload, limit=EVENTS_PAGE)
        return Call("GET", "/events", partial(_page, self.read), parameters)


@dataclass(slots=True)
class Following:
    """One reader of the log: where it is, and how it goes on. `after` is a cursor, `earliest` or `latest`.

    `pause` is how many seconds to wait before the stream is opened again; `polls` is whether streams do not pass.
    """

    wanted: Wanted
    after: str
    interval: float
    pause: float = field(init=False)
    polls: bool = False
    _is_silent: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self.pause = self.interval

    @property
    def stream(self) -> Call[None]:
        """The call that opens the stream behind what was read."""
        wanted = self.wanted
        where = path("sessions", wanted.session_id, "events", "stream") if wanted.session_id else "/events/stream"
        parameters = query(after=self.after, types=wanted.types, session_ids=wanted.session_ids, payload=wanted.payload)
        self._is_silent = True
        return Call("GET", where, no_content, parameters, headers={"Accept": MEDIA_TYPE})

    def is_open(self, response: httpx.Response) -> bool:
        """Return whether a stream was opened; the response is read where it was not. Raise ClientError."""
        return response.status_code == httpx.codes.OK and MEDIA_TYPE in response.headers.get("Content-Type", "")

    def receive(self, message: ServerSentEvent) -> list[Event]:
        """Take a message of the stream, and return its event. Raise Problem where the stream says that it is over."""
        self._is_silent = False
        if message.retry is not None:
            self.pause = message.retry / 1000
        if message.event == _ENDED:
            said = _json(message)
            raise problem(_STATUSES.get(str(said.get("code")), 400), said, None)
        events = [self._event(message)] if message.data else []
        self.after = message.id or self.after
        return events

    def _event(self, message: ServerSentEvent) -> Event:
        try:
            return self.wanted.read(_json(message))
        except ValidationError as error:
            raise UnexpectedAnswer("A stream that is none of this API.") from error

    def refused(self, response: httpx.Response) -> None:
        """Take another answer than a stream: wait, poll from now on, or raise ClientError."""
        if response.status_code == TOO_MANY_REQUESTS or response.is_server_error:
            self.pause = max(retry_after(response.headers.get("Retry-After")) or 0.0, self.interval)
            self.polls = response.status_code == httpx.codes.NOT_IMPLEMENTED
        elif response.is_success or response.status_code in (
            httpx.codes.METHOD_NOT_ALLOWED,
            httpx.codes.NOT_ACCEPTABLE,
        ):
            self.polls = True
        else:
            outcome(self.stream, response)

    def lost(self, error: httpx.TransportError) -> None:
        """Take a lost connection: wait; poll from now on where it was open and nothing was heard."""
        self.pause = max(self.pause, self.interval)
        self.polls = self._is_silent and isinstance(error, httpx.ReadTimeout)

    def poll(self, retry: Retry) -> Flow[Batch[Event]]:
        """Return events as they come, through every outage of the API, by asking every `interval` seconds."""
        return _poll(self.wanted, retry, self.interval, self.after)


def latest(session_id: Id) -> Call[str]:
    """Read the cursor behind everything that happened in a session so far."""
    return Call("GET", "/events", _next_cursor, query(after="latest", session_ids=[session_id]))


def _poll(wanted: Wanted, retry: Retry, interval: float, after: str) -> Flow[Batch[Event]]:
    while True:
        page = yield from through_outages(partial(ask, wanted.page(after), retry), interval)
        after = page.next or after
        if page.items:
            return Batch(page.items, _poll(wanted, retry, interval, after))
        if wanted.session_id is not None:  # raises NotFound once it has been deleted
            yield from through_outages(partial(ask, calls.session(wanted.session_id), retry), interval)
        yield Pause(interval)


def _page(read: Callable[[Any], Event], document: Any) -> Page[Event]:  # noqa: ANN401
    return Page(tuple(read(item) for item in document["events"]), document["nextCursor"])


def _next_cursor(document: Any) -> str:  # noqa: ANN401
    return str(document["nextCursor"])


def _json(message: ServerSentEvent) -> dict[str, Any]:
    try:
        document = message.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise UnexpectedAnswer("A stream that is none of this API.")
    return document
