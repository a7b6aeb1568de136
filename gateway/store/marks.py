"""Reactions and votes: marks on a message, one of each kind a person, of which the last one holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.messages import NOT_SENT
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.messages import Message


@dataclass(frozen=True, slots=True)
class Mark:
    """A person's reaction to the message of WhatsApp's id `target_id` in a chat, or their vote in that poll."""

    chat_id: UUID
    target_id: str
    message_type: str
    content: str | None
    details: dict[str, Any] | None
    from_me: bool
    sender_phone: str | None
    sender_lid: str | None
    push_name: str | None
    timestamp: datetime


# Whose mark it is, of the others; of the account itself it is one, whichever device made it.
_PERSON = "CASE WHEN NOT m.from_me THEN coalesce(m.sender_lid, m.sender_phone) END"
_PLACE = f"m.chat_id, m.target_id, m.message_type, m.from_me, {_PERSON}"


def on_messages(connection: Connection, found: Collection[Message]) -> dict[tuple[UUID, str], list[Mark]]:
    """Return the marks on these messages, oldest first, by chat and WhatsApp's id.

    A reaction that was taken back is gone. A vote that could not be decrypted is none.
    """
    targets = [message.message_id for message in found if message.message_id]
    with connection.cursor(row_factory=class_row(Mark)) as cursor:
        rows = cursor.execute(
            f"""
            SELECT {columns_of(Mark, "last")} FROM (
                SELECT DISTINCT ON ({_PLACE}) m.id, {columns_of(Mark, "m")}
                FROM gateway.whatsapp_explorer_messages m
                WHERE m.message_type IN ('reaction', 'poll_vote') AND m.chat_id = ANY(%(chats)s)
                    AND m.target_id = ANY(%(targets)s) AND m.deleted_at IS NULL AND m.status <> ALL(%(not_sent)s)
                    AND (m.message_type = 'reaction' OR m.details IS NOT NULL)
                ORDER BY {_PLACE}, m.timestamp DESC, m.id DESC) last
            WHERE message_type = 'poll_vote' OR content <> '' ORDER BY timestamp, id
            """,  # noqa: S608
            {"chats": list({message.chat_id for message in found}), "targets": targets, "not_sent": list(NOT_SENT)},
        ).fetchall()
    marks: defaultdict[tuple[UUID, str], list[Mark]] = defaultdict(list)
    for row in rows:
        marks[row.chat_id, row.target_id].append(row)
    return dict(marks)
