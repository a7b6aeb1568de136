"""The block lists of accounts; who is blocked reaches the account no more, and is not told."""

from __future__ import annotations

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire.jid import LID, Jid


class BlockLists:
    """For each number the LIDs that it has blocked, by their user part."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, number: str) -> list[Jid]:
        rows = self._database.rows("SELECT blocked FROM blocked WHERE number = ? ORDER BY blocked", number)
        return [Jid(blocked, LID) for (blocked,) in rows]

    def blocks(self, number: str, other: Jid) -> bool:
        row = self._database.row("SELECT 1 FROM blocked WHERE number = ? AND blocked = ?", number, other.user)
        return row is not None

    def change(self, number: str, other: Jid, *, block: bool) -> None:
        statement = "INSERT OR IGNORE INTO blocked VALUES (?, ?)"
        if not block:
            statement = "DELETE FROM blocked WHERE number = ? AND blocked = ?"
        self._database.execute(statement, number, other.user)
