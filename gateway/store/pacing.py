"""How much a session may send, so that WhatsApp does not ban its number: sliding windows over the rows themselves."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row

from gateway.domain.errors import RateLimited
from gateway.store.chats import Chat
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Pacing:
    """The limits of one session."""

    per_minute: int
    per_hour: int
    new_chats_per_day: int


@dataclass(frozen=True, slots=True)
class Waits:
    """The seconds until each limit allows another send; None where it does now."""

    minute: float | None
    hour: float | None
    new_chat: float | None


def ask(connection: Connection, session_id: UUID, pacing: Pacing) -> Cursor[Waits]:
    """Ask for the waits of a session, to be read together with other answers.

    Exact where the caller holds the session's row lock.
    """
    return connection.cursor(row_factory=class_row(Waits)).execute(
        f"""
        SELECT ({_window("1 minute", "per_minute")})::float8 AS minute,
            ({_window("1 hour", "per_hour")})::float8 AS hour,
            (SELECT extract(epoch FROM first_sent_at + interval '1 day' - clock_timestamp())
            FROM gateway.chats WHERE session_id = %(session)s AND first_sent_at > clock_timestamp() - interval '1 day'
            ORDER BY first_sent_at DESC OFFSET %(new_chats)s - 1 LIMIT 1)::float8 AS new_chat
        """,  # noqa: S608
        {
            "session": session_id,
            "per_minute": pacing.per_minute,
            "per_hour": pacing.per_hour,
            "new_chats": pacing.new_chats_per_day,
        },
    )


def require(waits: Waits, pacing: Pacing, chat: Chat | None) -> None:
    """Raise RateLimited where another send to the chat, or to one that is not known yet, would exceed the pacing."""
    if waits.minute is not None:
        _raise_limited(f"{pacing.per_minute} messages a minute", waits.minute)
    if waits.hour is not None:
        _raise_limited(f"{pacing.per_hour} messages an hour", waits.hour)
    is_new_chat = chat is None or (chat.first_sent_at is None and chat.last_message_at is None)
    if is_new_chat and waits.new_chat is not None:
        _raise_limited(f"{pacing.new_chats_per_day} new chats a day", waits.new_chat)


def _window(length: str, limit: str) -> str:
    return f"""SELECT extract(epoch FROM queued_at + interval '{length}' - clock_timestamp())
        FROM gateway.whatsapp_explorer_messages
        WHERE session_id = %(session)s AND queued_at > clock_timestamp() - interval '{length}'
        ORDER BY queued_at DESC OFFSET %({limit})s - 1 LIMIT 1"""  # noqa: S608


def _raise_limited(limit: str, wait_seconds: float) -> None:
    raise RateLimited("session", f"This session may send {limit}; more would risk a ban of the number.", wait_seconds)
