"""The event log over all sessions: the call that reads them, and the flow that follows them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from gateway.client.calls import Call, Id, Page, query
from gateway.client.events import Event, event_of
from gateway.client.flows import EVENTS_PAGE, Batch, Flow, Pause, ask, through_outages
from gateway.client.retry import Retry
from gateway.domain.events import EventType


def read(
    after: str,
    *,
    types: Collection[EventType | str] | None = None,
    session_ids: Collection[Id] | None = None,
    payload: str = "full",
) -> Call[Page[Event]]:
    """Read events after a cursor, oldest first; `next` of the page is the next cursor, never None."""
    parameters = query(after=after, types=types, session_ids=session_ids, payload=payload, limit=EVENTS_PAGE)
    return Call("GET", "/events", _page, parameters)


def follow(call: Callable[[str], Call[Page[Event]]], retry: Retry, interval: float, after: str) -> Flow[Batch[Event]]:
    """Return events as they come, through every outage of the API; `call` makes the call after a cursor."""
    while True:
        page = yield from through_outages(partial(ask, call(after), retry), interval)
        after = page.next or after
        if page.items:
            return Batch(page.items, follow(call, retry, interval, after))
        yield Pause(interval)


def _page(document: Any) -> Page[Event]:  # noqa: ANN401
    return Page(tuple(event_of(item) for item in document["events"]), document["nextCursor"])
