"""The pictures of accounts and groups."""

from __future__ import annotations

import time
from typing import NamedTuple

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire.jid import Jid


class Picture(NamedTuple):
    """A picture's id, which changes with it, and its direct path on the media hosts."""

    id: str
    path: str


class Pictures:
    """The picture of each account, by the user part of its LID, and of each group, by its id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, owner: Jid) -> Picture | None:
        row = self._database.row("SELECT id, path FROM pictures WHERE owner = ?", owner.user)
        return Picture(*row) if row else None

    def save(self, owner: Jid, path: str) -> Picture:
        picture = Picture(str(time.time_ns() // 1000), path)
        self._database.execute("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?)", owner.user, *picture)
        return picture

    def delete(self, owner: Jid) -> None:
        self._database.execute("DELETE FROM pictures WHERE owner = ?", owner.user)
