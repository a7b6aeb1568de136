"""The turns of two chats that prove to be one: no message that waits for an answer loses its turn."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.turns import TurnStatus
from gateway.store.assistant import turns
from gateway.store.assistant.turns import Outcome, Turn
from gateway.store.database import Connection


def merge(connection: Connection, kept: UUID, other: UUID) -> None:
    """Move the turns of `other`, and leave one that waits and one that runs, with the messages of those that end.

    Of two that run, that of `other` waits again: its answer would not know what the other one says.
    """
    running = _turn(connection, other, TurnStatus.RUNNING)
    if running and _turn(connection, kept, TurnStatus.RUNNING):
        turns.postpone(connection, running, 0, is_retry=False)
    late, waiting = (_turn(connection, chat, TurnStatus.WAITING) for chat in (other, kept))
    if late and waiting:
        turns.supersede(connection, late, waiting, Outcome(TurnStatus.SUPERSEDED))
    connection.execute("UPDATE gateway.turns SET chat_id = %s WHERE chat_id = %s", [kept, other])


def _turn(connection: Connection, chat_id: UUID, status: TurnStatus) -> Turn | None:
    found = turns.select(
        connection, "t.chat_id = %(chat)s AND t.status = %(status)s", {"chat": chat_id, "status": status}
    )
    return found[0] if found else None
