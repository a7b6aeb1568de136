"""The store of app state: settings that the devices of an account share, encrypted for them."""

from __future__ import annotations

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire import proto


class AppStateStore:
    """For each account and collection a list of patches, which the server cannot read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self, number: str, collection: str) -> int:
        """Return the version of the newest patch; 0 without one."""
        row = self._database.row(
            "SELECT max(version) FROM app_state WHERE number = ? AND collection = ?", number, collection
        )
        return int(row[0] or 0) if row else 0

    def append(self, number: str, collection: str, patch: bytes) -> int:
        """Store a patch and return its version."""
        version = self.version(number, collection) + 1
        self._database.execute("INSERT INTO app_state VALUES (?, ?, ?, ?)", number, collection, version, patch)
        return version

    def after(self, number: str, collection: str, version: int) -> list[bytes]:
        """Return the patches after that version, each stamped with its own version."""
        rows = self._database.rows(
            "SELECT version, patch FROM app_state WHERE number = ? AND collection = ? AND version > ? ORDER BY version",
            *(number, collection, version),
        )
        return [_stamped(patch, own) for own, patch in rows]


def _stamped(patch: bytes, version: int) -> bytes:
    message = proto.SyncdPatch.FromString(patch)
    message.version.version = version
    stamped: bytes = message.SerializeToString()
    return stamped
