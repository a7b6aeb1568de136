"""Typing, presence and receipts: what the API returns, and its endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.client.calls import Call, Id, no_content, path, post
from gateway.client.models import Model
from gateway.client.operations import done, keyed


class Presence(Model):
    """What is known of the person of a chat; None is what WhatsApp has not told.

    `online` is as it was at `changed_at`; until `watched_until` events tell what changes.
    """

    chat_id: UUID
    online: bool | None = None
    last_seen_at: datetime | None = None
    changed_at: datetime | None = None
    watched_until: datetime | None = None


class Receipt(Model):
    """When a person got, read and played a message; None: not yet, or it is kept from others."""

    jid: str
    lid: str | None = None
    phone_number: str | None = None
    name: str | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    played_at: datetime | None = None


def show_typing(session_id: Id, chat_id: Id, state: str) -> Call[None]:
    """Show that the number types or records."""
    return post(path("sessions", session_id, "chats", chat_id, "typing"), no_content, {"state": state})


def watch(session_id: Id, chat_id: Id, minutes: int) -> Call[Presence]:
    """Watch whether the person of a chat is online."""
    where = path("sessions", session_id, "chats", chat_id, "presence")
    return post(where, done(Presence.model_validate), {"minutes": minutes})


def unwatch(session_id: Id, chat_id: Id) -> Call[Presence]:
    """Watch the person of a chat no longer."""
    where = path("sessions", session_id, "chats", chat_id, "presence")
    return keyed("DELETE", where, done(Presence.model_validate))


def read(session_id: Id, chat_id: Id) -> Call[Presence]:
    """Read what is known of the person of a chat."""
    return Call("GET", path("sessions", session_id, "chats", chat_id, "presence"), Presence.model_validate)


def receipts(session_id: Id, message_id: Id) -> Call[tuple[Receipt, ...]]:
    """List who has a message."""
    return Call("GET", path("sessions", session_id, "messages", message_id, "receipts"), _receipts)


def _receipts(document: Any) -> tuple[Receipt, ...]:  # noqa: ANN401 - JSON
    return tuple(Receipt.model_validate(each) for each in document["receipts"])
