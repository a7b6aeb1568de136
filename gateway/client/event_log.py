"""The event log over all sessions: its events, the call that reads them, and the flow that follows them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from gateway.client.calls import Call, Id, Page, query
from gateway.client.events import EventKind
from gateway.client.flows import EVENTS_PAGE, Batch, Flow, Pause, ask, through_outages
from gateway.client.models import Message, Model
from gateway.client.retry import Retry
from gateway.domain.events import EventType


class LoggedEvent(Model):
    """An event of any session. `id` is the same for all who read it, and the cursor of what comes after it.

    `seq` is its number in the log of its session; `data` holds ids and states, and what `message` is made of.
    """

    id: str
    type: EventKind
    timestamp: datetime
    session_id: UUID
    user_profile_id: UUID
    seq: int
    data: dict[str, Any]

    @property
    def message(self) -> Message | None:
        """The message that it is about, as it was when the event was read; None for others, and where it is gone."""
        found = self.data.get("message")
        return Message.model_validate(found) if found else None


def read(
    after: str,
    *,
    types: Collection[EventType | str] | None = None,
    session_ids: Collection[Id] | None = None,
    payload: str = "full",
) -> Call[Page[LoggedEvent]]:
    """Read events after a cursor, oldest first; `next` of the page is the next cursor, never None."""
    parameters = query(after=after, types=types, session_ids=session_ids, payload=payload, limit=EVENTS_PAGE)
    return Call("GET", "/events", _page, parameters)


def follow(
    call: Callable[[str], Call[Page[LoggedEvent]]], retry: Retry, interval: float, after: str
) -> Flow[Batch[LoggedEvent]]:
    """Return events as they come, through every outage of the API; `call` makes the call after a cursor."""
    while True:
        page = yield from through_outages(partial(ask, call(after), retry), interval)
        after = page.next or after
        if page.items:
            return Batch(page.items, follow(call, retry, interval, after))
        yield Pause(interval)


def _page(document: Any) -> Page[LoggedEvent]:  # noqa: ANN401
    return Page(tuple(LoggedEvent.model_validate(item) for item in document["events"]), document["nextCursor"])
