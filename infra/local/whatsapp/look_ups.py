"""What the server answers when it is asked for a number: whose it is, and by which addresses."""

from __future__ import annotations

from enum import StrEnum

from infra.local.whatsapp.database import Database


class Named(StrEnum):
    """The addresses in an answer to a look-up by number; with `none` it names the number, and nothing tells the LID."""

    BOTH = "both"
    LID = "lid"
    NUMBER = "number"
    NONE = "none"


class LookUps:
    """The other numbers by which accounts are found, and which addresses are named of each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def account_number(self, asked: str) -> str:
        """Return the number of the account that is found by this one; where none is, the number itself."""
        row = self._database.row("SELECT number FROM aliases WHERE alias = ?", asked)
        return str(row[0]) if row else asked

    def aliases(self, number: str) -> list[str]:
        rows = self._database.rows("SELECT alias FROM aliases WHERE number = ? ORDER BY alias", number)
        return [str(alias) for (alias,) in rows]

    def set_aliases(self, number: str, aliases: list[str]) -> None:
        """Let the account be found by these numbers beside its own, and by no others."""
        self._database.execute("DELETE FROM aliases WHERE number = ?", number)
        for alias in aliases:
            self._database.execute("INSERT OR REPLACE INTO aliases VALUES (?, ?)", alias, number)

    def named(self, number: str) -> Named:
        row = self._database.row("SELECT named FROM look_ups WHERE number = ?", number)
        return Named(row[0]) if row else Named.BOTH

    def set_named(self, number: str, named: Named) -> None:
        self._database.execute("INSERT OR REPLACE INTO look_ups VALUES (?, ?)", number, named)
