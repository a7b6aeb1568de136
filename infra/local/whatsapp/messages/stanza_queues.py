"""The stanzas that clients have not confirmed yet."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Address
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire.decoder import decode
from infra.local.whatsapp.wire.encoder import encode
from infra.local.whatsapp.wire.node import Node


class StanzaQueues:
    """A queue for each client, which is sent again at every login."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, address: Address, stanza: Node) -> None:
        """Append a stanza; the same one again (a resend) replaces the first."""
        self._database.execute(
            "INSERT OR REPLACE INTO queue (number, device, class, id, sender, stanza) VALUES (?, ?, ?, ?, ?, ?)",
            *address,
            *(stanza.tag, stanza.text("id"), stanza.text("from"), encode(stanza)),
        )

    def acknowledge(self, address: Address, kind: str, id: str, sender: str) -> None:
        """Delete the stanza of this kind (its tag) and id that the device has confirmed."""
        self._database.execute(
            "DELETE FROM queue WHERE number = ? AND device = ? AND class = ? AND id = ? AND sender = ?",
            *address,
            *(kind, id, sender),
        )

    def count(self, address: Address) -> int:
        row = self._database.row("SELECT count(*) FROM queue WHERE number = ? AND device = ?", *address)
        return int(row[0]) if row else 0

    def waiting(self, address: Address) -> list[Node]:
        """Return the device's stanzas, oldest first."""
        return [
            decode(stanza)
            for (stanza,) in self._database.rows(
                "SELECT stanza FROM queue WHERE number = ? AND device = ? ORDER BY seq", *address
            )
        ]
