"""Changes that wait for the message they are about, and sealed messages that wait for its secret.

Each is also a message of its own, which goes with its row here. No module that this one needs imports
gateway.store.chats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway.domain.changes import Change
from gateway.domain.phone import Address
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits; `sealed` is set until it is decrypted."""

    id: UUID
    chat_id: UUID
    message_id: str
    message_type: str
    from_me: bool
    sender_lid: str | None
    sender_phone: str | None
    content: str | None
    media: dict[str, Any] | None
    location: dict[str, Any] | None
    details: dict[str, Any] | None
    target_id: str
    target_own: bool
    target_lid: str | None
    target_phone: str | None
    changed_at: datetime
    sealed: dict[str, Any] | None

    @property
    def change(self) -> Change:
        return Change(
            self.message_id,
            self.message_type,
            self.from_me,
            Address(self.sender_lid, self.sender_phone),
            self.target_id,
            self.target_own,
            Address(self.target_lid, self.target_phone),
            self.changed_at,
            self.content,
            self.media,
            self.location,
            self.details,
        )


def keep(connection: Connection, session_id: UUID, row_id: UUID, change: Change, sealed: dict[str, Any] | None) -> None:
    """Let the message with this row wait; what is known of it already is written again."""
    connection.execute(
        """
        INSERT INTO gateway.waiting_changes AS w
            (id, session_id, target_id, target_own, target_lid, target_phone, changed_at, sealed)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (id) DO UPDATE SET changed_at = EXCLUDED.changed_at, sealed = EXCLUDED.sealed
        """,
        [
            row_id,
            session_id,
            change.target_id,
            change.own,
            change.author.lid,
            change.author.phone_number,
            change.at,
            Jsonb(sealed) if sealed else None,
        ],
    )


def select(connection: Connection, where: str, parameters: dict[str, Any]) -> list[Waiting]:
    """Return what waits by a condition over `w` and its message `m`, in the order in which it was made.

    `where` is a literal of this package, never input.
    """
    with connection.cursor(row_factory=class_row(Waiting)) as cursor:
        return cursor.execute(
            f"""
            SELECT m.id, m.chat_id, m.message_id, m.message_type, m.from_me, m.sender_lid, m.sender_phone, m.content,
                m.media, m.location, m.details, w.target_id, w.target_own, w.target_lid, w.target_phone, w.changed_at,
                w.sealed
            FROM gateway.waiting_changes w JOIN gateway.whatsapp_explorer_messages m ON m.id = w.id
            WHERE {where} ORDER BY w.changed_at, m.id
            """,  # noqa: S608
            parameters,
        ).fetchall()


def sealed_about(connection: Connection, session_id: UUID, target_ids: Sequence[str]) -> list[Waiting]:
    """Return what waits for the secrets of these messages, whatever chat they are in."""
    return select(
        connection,
        "w.session_id = %(session)s AND w.target_id = ANY(%(targets)s) AND w.sealed IS NOT NULL",
        {"session": session_id, "targets": list(target_ids)},
    )


def end(connection: Connection, row_id: UUID) -> None:
    """Let the message wait no longer."""
    connection.execute("DELETE FROM gateway.waiting_changes WHERE id = %s", [row_id])
