"""Reactions: marks on a message, one a person, of which the last one holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.messages import NOT_SENT
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.messages import Message


@dataclass(frozen=True, slots=True)
class Reaction:
    """A person's reaction to the message of WhatsApp's id `target_id` in a chat."""

    chat_id: UUID
    target_id: str
    emoji: str
    from_me: bool
    sender_phone: str | None
    sender_lid: str | None
    push_name: str | None
    timestamp: datetime


_COLUMNS = columns_of(Reaction, "m", emoji="m.content")

# Who of the others reacted; of the account itself the reaction is one, whichever device made it.
_REACTED = "CASE WHEN NOT m.from_me THEN coalesce(m.sender_lid, m.sender_phone) END"


def to_messages(connection: Connection, found: Collection[Message]) -> dict[tuple[UUID, str], list[Reaction]]:
    """Return the reactions to these messages, oldest first, by chat and WhatsApp's id; those taken back are gone."""
    targets = [message.message_id for message in found if message.message_id]
    with connection.cursor(row_factory=class_row(Reaction)) as cursor:
        rows = cursor.execute(
            f"""
            SELECT {columns_of(Reaction, "last")} FROM (
                SELECT DISTINCT ON (m.chat_id, m.target_id, m.from_me, {_REACTED})
                    m.id, {_COLUMNS}
                FROM gateway.whatsapp_explorer_messages m
                WHERE m.message_type = 'reaction' AND m.chat_id = ANY(%(chats)s) AND m.target_id = ANY(%(targets)s)
                    AND m.deleted_at IS NULL AND m.status <> ALL(%(not_sent)s)
                ORDER BY m.chat_id, m.target_id, m.from_me, {_REACTED},
                    m.timestamp DESC, m.id DESC) last
            WHERE emoji <> '' ORDER BY timestamp, id
            """,  # noqa: S608
            {"chats": list({message.chat_id for message in found}), "targets": targets, "not_sent": list(NOT_SENT)},
        ).fetchall()
    reactions: defaultdict[tuple[UUID, str], list[Reaction]] = defaultdict(list)
    for row in rows:
        reactions[row.chat_id, row.target_id].append(row)
    return dict(reactions)
