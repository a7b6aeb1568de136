"""The messages of one chat by WhatsApp's time, page by page; within a second in the order in which they were stored.

A send has our time until WhatsApp's is known, and with that a later place. Who began to read before goes on with the
places as they were, so that no page skips or repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gateway.store import messages
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.message_filter import EVERY_MESSAGE, MessageFilter
from gateway.store.messages import Message


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a message in a list that was begun at the moment `begun`, by the database's clock."""

    timestamp: datetime
    id: UUID
    begun: datetime


# By how much WhatsApp's clock may be behind ours: what has moved is looked for among the newest messages only.
_BEHIND = timedelta(minutes=1)
_MOVED = "coalesce(m.placed_at >= %(begun)s AND m.timestamp >= %(recent)s, false)"
_EARLIER = "date_trunc('second', m.created_at)"

_STAYED_BEFORE = f"(m.timestamp, m.id) < (%(at)s, %(id)s) AND NOT {_MOVED}"
_MOVED_BEFORE = f"m.timestamp >= %(recent)s AND {_MOVED} AND ({_EARLIER}, m.id) < (%(at)s, %(id)s)"


def newest(
    connection: Connection, chat: Chat, *, only: MessageFilter = EVERY_MESSAGE, limit: int
) -> tuple[list[Message], datetime]:
    """Return the first page, newest first, and when it was begun."""
    clock = connection.execute("SELECT now()")
    found = messages.ask(
        connection,
        f"m.chat_id = %(chat)s{only.conditions()} ORDER BY m.timestamp DESC, m.id DESC LIMIT %(limit)s",
        {**only.parameters(), "session": chat.session_id, "chat": chat.id, "limit": limit},
    )
    return found.fetchall(), clock.fetchall()[0]["now"]


def before(
    connection: Connection, chat: Chat, last: Place, *, only: MessageFilter = EVERY_MESSAGE, limit: int
) -> list[Message]:
    """Return the page after the one that ended with `last`, newest first."""
    stayed = _ids(_STAYED_BEFORE, only, "m.timestamp")
    moved = _ids(_MOVED_BEFORE, only, _EARLIER)
    return messages.select(
        connection,
        f"""m.id = ANY(ARRAY({stayed} UNION ALL {moved}))
            ORDER BY CASE WHEN {_MOVED} THEN {_EARLIER} ELSE m.timestamp END DESC, m.id DESC LIMIT %(limit)s""",
        {
            **only.parameters(),
            "session": chat.session_id,
            "chat": chat.id,
            "at": last.timestamp,
            "id": last.id,
            "begun": last.begun,
            "recent": last.begun - _BEHIND,
            "limit": limit,
        },
    )


def _ids(condition: str, only: MessageFilter, time: str) -> str:
    return f"""(SELECT m.id FROM gateway.whatsapp_explorer_messages m
        WHERE m.chat_id = %(chat)s AND {condition}{only.conditions()}
        ORDER BY {time} DESC, m.id DESC LIMIT %(limit)s)"""  # noqa: S608


def place_of(message: Message, begun: datetime) -> Place:
    """Return the place of a message in a list that was begun then."""
    has_moved = message.placed_at is not None and message.placed_at >= begun and message.timestamp >= begun - _BEHIND
    return Place(message.created_at.replace(microsecond=0) if has_moved else message.timestamp, message.id, begun)
