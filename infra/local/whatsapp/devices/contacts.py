"""Which accounts have requested another account's devices, and are notified when those change."""

from __future__ import annotations

from infra.local.whatsapp.database import Database


class Contacts:
    """For each number the numbers that watch its device list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def watch(self, number: str, watcher: str) -> None:
        self._database.execute("INSERT OR IGNORE INTO contacts VALUES (?, ?)", number, watcher)

    def watchers(self, number: str) -> list[str]:
        return [str(row[0]) for row in self._database.rows("SELECT watcher FROM contacts WHERE number = ?", number)]
