"""Whose presence a session was asked to watch, and what WhatsApp told of them last. Merging chats needs this module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.phone import Address
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of a person; `online` is None before WhatsApp told anything."""

    chat_id: UUID
    watched_until: datetime
    online: bool | None
    last_seen_at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Watched:
    """A person to be watched, for so many seconds more."""

    lid: str | None
    phone_number: str | None
    seconds: float

    @property
    def jid(self) -> str:
        return Address(self.lid, self.phone_number).jid


def find(connection: Connection, chat_id: UUID) -> Presence | None:
    """Return what is known of the person of a chat; None of one who was never watched."""
    return (
        connection.cursor(row_factory=class_row(Presence))
        .execute(
            "SELECT chat_id, watched_until, online, last_seen_at, changed_at FROM gateway.presences WHERE chat_id = %s",
            [chat_id],
        )
        .fetchone()
    )


def watch(connection: Connection, session_id: UUID, chat_id: UUID, seconds: float) -> None:
    """Watch the person of a chat from now on for so long, or longer where that was asked before."""
    connection.execute(
        """
        INSERT INTO gateway.presences AS p (chat_id, session_id, watched_until)
        VALUES (%s, %s, now() + make_interval(secs => %s))
        ON CONFLICT (chat_id) DO UPDATE SET watched_until = greatest(p.watched_until, excluded.watched_until)
        """,
        [chat_id, session_id, seconds],
    )


def end(connection: Connection, chat_id: UUID) -> None:
    """Watch the person of a chat no longer."""
    connection.execute(
        "UPDATE gateway.presences SET watched_until = now() WHERE chat_id = %s AND watched_until > now()", [chat_id]
    )


def watched(connection: Connection, session_id: UUID) -> list[Watched]:
    """Return whom a session watches."""
    return (
        connection.cursor(row_factory=class_row(Watched))
        .execute(
            """
            SELECT c.lid, c.phone_number, extract(epoch FROM p.watched_until - now())::float AS seconds
            FROM gateway.presences p JOIN gateway.chats c ON c.id = p.chat_id
            WHERE p.session_id = %s AND p.watched_until > now()
            """,
            [session_id],
        )
        .fetchall()
    )


def note(connection: Connection, chat_id: UUID, *, online: bool, last_seen_at: datetime | None) -> bool:
    """Store what WhatsApp told of a person; return whether it is news of somebody who is watched."""
    noted = connection.execute(
        """
        UPDATE gateway.presences SET online = %(online)s, last_seen_at = coalesce(%(seen)s, last_seen_at),
            changed_at = now()
        WHERE chat_id = %(chat)s AND watched_until > now()
            AND (online IS DISTINCT FROM %(online)s OR last_seen_at < %(seen)s)
        """,
        {"chat": chat_id, "online": online, "seen": last_seen_at},
    )
    return noted.rowcount == 1


def merge(connection: Connection, kept: UUID, other: UUID) -> None:
    """Move what is known of a person to the chat that stays, unless that has its own."""
    connection.execute(
        "UPDATE gateway.presences SET chat_id = %(kept)s WHERE chat_id = %(other)s"
        " AND NOT EXISTS (SELECT FROM gateway.presences WHERE chat_id = %(kept)s)",
        {"kept": kept, "other": other},
    )
