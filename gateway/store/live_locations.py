"""Live locations: the first message holds where its sender is now; those that follow move it and are not stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.domain.changes import Author
from gateway.domain.events import EventType
from gateway.domain.phone import Address
from gateway.domain.times import iso
from gateway.store import changes
from gateway.store.fence import Fence

if TYPE_CHECKING:
    from gateway.store.incoming import Incoming

LIVE_LOCATION = "live_location"
# For so long phones share a location at most.
_LONGEST = "8 hours"
# One event of so many seconds tells of all moves: the message has the last position all the same.
_TELLING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Shared:
    """A live location that is stored; `moved_at` is of its position."""

    id: UUID
    message_id: str
    author: Author
    sequence: int
    moved_at: datetime
    told: bool


def move(fence: Fence, chat_id: UUID, incoming: Incoming) -> bool:
    """Move the live location that the message continues; False where it begins one, or is its first message.

    What comes late changes nothing.
    """
    shared = _shared(fence, chat_id, incoming)
    if shared is None or shared.message_id == incoming.message_id:
        return False
    sequence = _sequence(incoming.location)
    if sequence <= shared.sequence:
        # Whoever shares anew counts from the beginning.
        is_late = sequence == shared.sequence or incoming.timestamp < shared.moved_at
        if is_late:
            changes.overtake(fence.connection, fence.session_id, incoming.message_id)
        return is_late
    _write(fence, shared, incoming)
    if shared.told:
        changes.overtake(fence.connection, fence.session_id, incoming.message_id)
        return True
    ids = {"id": str(shared.id), "messageId": shared.message_id, "chatId": str(chat_id)}
    fence.emit(EventType.MESSAGE_MOVED, {**ids, "changeId": incoming.message_id})
    return True


def _shared(fence: Fence, chat_id: UUID, incoming: Incoming) -> _Shared | None:
    """Return the last live location of the sender in the chat, as long as it may be shared."""
    rows = fence.connection.execute(
        """
        SELECT m.id, m.message_id, m.from_me, m.sender_lid, m.sender_phone, c.kind, m.location, m.timestamp,
            coalesce(m.move_told_at > clock_timestamp() - make_interval(secs => %(telling)s), false) AS told
        FROM gateway.whatsapp_explorer_messages m JOIN gateway.chats c ON c.id = m.chat_id
        WHERE m.chat_id = %(chat)s AND m.message_type = %(type)s AND m.deleted_at IS NULL
            AND m.timestamp > %(at)s - %(longest)s::interval ORDER BY m.timestamp DESC, m.id DESC
        """,
        {
            "chat": chat_id,
            "type": LIVE_LOCATION,
            "at": incoming.timestamp,
            "longest": _LONGEST,
            "telling": _TELLING_SECONDS,
        },
    ).fetchall()
    found = [_of(row) for row in rows]
    by_sender = [each for each in found if each.author.is_sender(from_me=incoming.from_me, sender=incoming.sender)]
    return next(iter(by_sender), None)


def _of(row: dict[str, Any]) -> _Shared:
    author = Author(row["from_me"], Address(row["sender_lid"], row["sender_phone"]), row["kind"])
    location = row["location"] or {}
    moved_at = datetime.fromisoformat(location["movedAt"]) if "movedAt" in location else row["timestamp"]
    return _Shared(row["id"], row["message_id"], author, _sequence(location), moved_at, row["told"])


def _write(fence: Fence, shared: _Shared, incoming: Incoming) -> None:
    location = {**(incoming.location or {}), "movedAt": iso(incoming.timestamp)}
    fence.connection.execute(
        """
        UPDATE gateway.whatsapp_explorer_messages SET location = %(location)s,
            content = coalesce(%(content)s, content),
            move_told_at = CASE WHEN %(told)s THEN move_told_at ELSE clock_timestamp() END WHERE id = %(id)s
        """,
        {"location": Jsonb(location), "content": incoming.content, "told": shared.told, "id": shared.id},
    )


def _sequence(location: dict[str, Any] | None) -> int:
    return int((location or {}).get("sequenceNumber") or 0)
