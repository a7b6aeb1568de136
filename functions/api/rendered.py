"""Logged events as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from functions.api.related import related_to
from functions.api.schemas.envelopes import EventEnvelope, Payload
from functions.api.schemas.messages import MessageBody
from gateway.store import messages
from gateway.store.database import Connection
from gateway.store.event_log import LoggedEvent


def render(connection: Connection, events: Sequence[LoggedEvent], payload: Payload) -> list[EventEnvelope]:
    """Return the envelopes of events, in their order; with `full` those about a message have it as it is now."""
    bodies = _messages_of(connection, events) if payload == "full" else {}
    return [EventEnvelope.of(event, bodies, with_message=payload == "full") for event in events]


def _messages_of(connection: Connection, events: Sequence[LoggedEvent]) -> Mapping[UUID, MessageBody]:
    wanted = {event.message_id for event in events if event.message_id}
    if not wanted:
        return {}
    stored = messages.by_ids(connection, list(wanted))
    related = related_to(connection, stored.values())
    return {message_id: MessageBody.of(message, related) for message_id, message in stored.items()}
