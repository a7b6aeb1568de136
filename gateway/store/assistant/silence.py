"""What keeps the assistant silent in a chat: a person took over, the contact does not want it, it has just failed."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.events import EventType
from gateway.store.database import Connection
from gateway.store.events import emit


def take_over(connection: Connection, session_id: UUID, chat_id: UUID, seconds: float) -> None:
    """Keep the assistant silent in the chat for so long, whatever is written in it.

    The caller holds the session's row lock, as its owner does who writes chats.
    """
    connection.execute(
        "UPDATE gateway.chats SET takeover_until = clock_timestamp() + make_interval(secs => %s), handed_back_at = NULL"
        " WHERE id = %s",
        [seconds, chat_id],
    )
    emit(connection, session_id, EventType.CHAT_TAKEOVER, {"chatId": str(chat_id), "takenOver": True})


def hand_back(connection: Connection, session_id: UUID, chat_id: UUID) -> None:
    """Let the assistant answer again at once, whatever a person wrote until now; as take_over()."""
    connection.execute(
        "UPDATE gateway.chats SET takeover_until = NULL, handed_back_at = clock_timestamp() WHERE id = %s", [chat_id]
    )
    emit(connection, session_id, EventType.CHAT_TAKEOVER, {"chatId": str(chat_id), "takenOver": False})


def set_opted_out(connection: Connection, chat_id: UUID, *, opted_out: bool) -> None:
    """Record that the contact does not want automatic messages, or wants them again."""
    connection.execute(
        "UPDATE gateway.chats SET opted_out_at = CASE WHEN %s THEN coalesce(opted_out_at, clock_timestamp()) END"
        " WHERE id = %s AND (opted_out_at IS NOT NULL) <> %s",
        [opted_out, chat_id, opted_out],
    )


def claim_fallback(connection: Connection, chat_id: UUID | None, interval_seconds: float) -> bool:
    """Record that the fallback text is sent now; False where the last one was less than `interval_seconds` ago."""
    claimed = connection.execute(
        "UPDATE gateway.chats SET fallback_at = clock_timestamp() WHERE id = %s AND (fallback_at IS NULL"
        " OR fallback_at <= clock_timestamp() - make_interval(secs => %s))",
        [chat_id, interval_seconds],
    )
    return claimed.rowcount == 1
