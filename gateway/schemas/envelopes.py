"""Logged events as every transport carries them, with the messages that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from gateway.schemas.event_body import EventBody
from gateway.schemas.events import body_of
from gateway.schemas.messages import MessageBody
from gateway.schemas.related import related_to
from gateway.store import messages
from gateway.store.database import Connection
from gateway.store.event_log import LoggedEvent

Payload = Literal["full", "ids"]


def render(connection: Connection, events: Sequence[LoggedEvent], payload: Payload = "full") -> list[EventBody]:
    """Return the envelopes of events, in their order, by three statements at most and none with `ids`.

    With `full` those about a message have it as it is now, as far as it and its session are still there. As JSON it is
    `model_dump(mode="json", by_alias=True)`, or `model_dump_json(by_alias=True)`.
    """
    found = _messages_of(connection, events) if payload == "full" else {}
    return [body_of(event, found.get(event.message_id) if event.message_id else None) for event in events]


def _messages_of(connection: Connection, events: Sequence[LoggedEvent]) -> Mapping[UUID, MessageBody]:
    wanted = {event.message_id for event in events if event.message_id}
    if not wanted:
        return {}
    stored = messages.by_ids(connection, list(wanted))
    related = related_to(connection, stored.values())
    return {message_id: MessageBody.of(message, related) for message_id, message in stored.items()}
