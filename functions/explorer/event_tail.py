"""The live tail of the Developers tab: the newest events after a place in the log, as a receiver gets them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.client import Gateway
from gateway.client.calls import Call, Id, Page, query

# How many are shown; when so many more have come, the page's address moves on to the newest ones.
SHOWN = 100
_MOST_SHOWN = 150
# As many as the API gives at once.
_PAGE = 200
# Requests of a page at most: it polls, and catches up with the next ones.
_PAGES = 5
_SUMMARY_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class EventView:
    """An event; `document` is its JSON as it came."""

    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def type(self) -> str:
        return str(self.document["type"])

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.document["timestamp"])

    @property
    def session_id(self) -> UUID:
        return UUID(self.document["sessionId"])

    @property
    def json(self) -> str:
        return json.dumps(self.document, indent=2, ensure_ascii=False)

    @property
    def summary(self) -> str:
        """What happened, in a line: states, and the text of a message."""
        data = self.document["data"]
        message = data.get("message") or {}
        states = (data.get("status"), data.get("reason"), data.get("error"), message.get("content"))
        text = " · ".join(str(each) for each in states if each)
        return f"{text[:_SUMMARY_CHARACTERS]}…" if len(text) > _SUMMARY_CHARACTERS else text


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: of these types and sessions, None for all."""

    types: Collection[str] | None
    session_ids: Collection[Id] | None


@dataclass(frozen=True, slots=True)
class Tail:
    """Events, oldest first; `after` is the place from which they are to be read the next time."""

    events: list[EventView]
    after: str


def latest(gateway: Gateway) -> str:
    """Return the cursor of the events to come."""
    return _read(gateway, "latest", Wanted(None, None)).next or "latest"


def read_page(gateway: Gateway, after: str, wanted: Wanted) -> Tail:
    """Return the events that follow a place; `after` of it is where the page after them begins."""
    page = _read(gateway, after, wanted)
    return Tail([EventView(document) for document in page.items], page.next or after)


def read_newest(gateway: Gateway, after: str, wanted: Wanted) -> Tail:
    """Return the newest events after a place; `after` of it moves on when they have become too many."""
    events: list[EventView] = []
    place = after
    for _ in range(_PAGES):
        page = read_page(gateway, place, wanted)
        events += page.events
        place = page.after
        if len(page.events) < _PAGE:
            break
    if len(events) <= _MOST_SHOWN:
        return Tail(events, after)
    return Tail(events[-SHOWN:], events[-SHOWN - 1].id)


def _read(gateway: Gateway, after: str, wanted: Wanted) -> Page[Mapping[str, Any]]:
    parameters = query(after=after, types=wanted.types, session_ids=wanted.session_ids, limit=_PAGE)
    return gateway.ask(Call("GET", "/events", _as_it_came, parameters))


def _as_it_came(document: Any) -> Page[Mapping[str, Any]]:  # noqa: ANN401
    return Page(tuple(document["events"]), document["nextCursor"])
