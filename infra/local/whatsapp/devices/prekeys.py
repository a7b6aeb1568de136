"""One-time prekeys, with which another device begins an encrypted session."""

from __future__ import annotations

from collections.abc import Iterable

from infra.local.whatsapp.accounts import PHONE, Device
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.signal.bundle import Bundle, Prekey
from infra.local.whatsapp.wire.keys import KeyPair


class PrekeyStore:
    """The one-time prekeys that clients uploaded, and those of the phones, each made when it is requested."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def upload(self, device: Device, prekeys: Iterable[Prekey]) -> None:
        for prekey in prekeys:
            self._database.execute(
                "INSERT OR REPLACE INTO prekeys VALUES (?, ?, ?, ?)", *device.address, prekey.id, prekey.public
            )

    def count(self, device: Device) -> int:
        row = self._database.row("SELECT count(*) FROM prekeys WHERE number = ? AND device = ?", *device.address)
        return int(row[0]) if row else 0

    def ids(self, device: Device) -> list[tuple[int, bytes]]:
        """Return id and public key of each."""
        return [
            (int(id), bytes(public))
            for id, public in self._database.rows(
                "SELECT id, public FROM prekeys WHERE number = ? AND device = ? ORDER BY id", *device.address
            )
        ]

    def bundle(self, device: Device) -> Bundle:
        """Return a bundle with a one-time prekey, which is used up by it; without one when the device has no more."""
        one_time = self._issue(device) if device.id == PHONE else self._pop(device)
        return Bundle(device.registration_id, device.identity, device.signed_prekey, one_time)

    def _pop(self, device: Device) -> Prekey | None:
        row = self._database.row(
            "DELETE FROM prekeys WHERE number = ?1 AND device = ?2 AND id ="
            " (SELECT min(id) FROM prekeys WHERE number = ?1 AND device = ?2) RETURNING id, public",
            *device.address,
        )
        return Prekey(*row) if row else None

    def _issue(self, device: Device) -> Prekey:
        pair = KeyPair.generate()
        cursor = self._database.execute(
            "INSERT INTO phone_prekeys (number, private) VALUES (?, ?)", device.number, pair.private
        )
        return Prekey(int(cursor.lastrowid or 0), pair.public)

    def private(self, number: str, id: int) -> KeyPair | None:
        """Return a phone's own one-time prekey; None once it was used."""
        row = self._database.row("SELECT private FROM phone_prekeys WHERE number = ? AND id = ?", number, id)
        return KeyPair.restore(row[0]) if row else None

    def mark_used(self, number: str, id: int) -> None:
        """Delete a phone's one-time prekey."""
        self._database.execute("DELETE FROM phone_prekeys WHERE number = ? AND id = ?", number, id)
