"""The store of app state: settings that the devices of an account share, encrypted for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
        return [patch.SerializeToString() for patch in self._patches(number, collection, version)]

    def records(self, number: str, collection: str) -> dict[bytes, Any]:
        """Return what the patches have set and not removed since: each proto.SyncdRecord by the MAC of its index."""
        records: dict[bytes, Any] = {}
        for patch in self._patches(number, collection, 0):
            apply_mutations(records, patch.mutations)
        return records

    def snapshot(self, number: str, collection: str) -> bytes:
        """Return what stands in place of all patches of a collection, which has one at least."""
        version, records = self.version(number, collection), self.records(number, collection)
        (newest,) = self._patches(number, collection, version - 1)
        # The MAC that came with the newest patch is that of the whole: the server itself cannot make one.
        snapshot = proto.SyncdSnapshot(records=records.values(), mac=newest.snapshotMac, keyId=newest.keyId)
        snapshot.version.version = version
        encoded: bytes = snapshot.SerializeToString()
        return encoded

    def _patches(self, number: str, collection: str, version: int) -> list[Any]:
        rows = self._database.rows(
            "SELECT version, patch FROM app_state WHERE number = ? AND collection = ? AND version > ? ORDER BY version",
            *(number, collection, version),
        )
        return [_stamped(patch, own) for own, patch in rows]


def apply_mutations(records: dict[bytes, Any], mutations: Iterable[Any]) -> None:
    """Set and remove records as the mutations of a patch say."""
    for mutation in mutations:
        if mutation.operation == proto.SyncdMutation.SyncdOperation.SET:
            records[mutation.record.index.blob] = mutation.record
        else:
            records.pop(mutation.record.index.blob, None)


def _stamped(patch: bytes, version: int) -> Any:  # noqa: ANN401 - a proto.SyncdPatch
    message = proto.SyncdPatch.FromString(patch)
    message.version.version = version
    return message
