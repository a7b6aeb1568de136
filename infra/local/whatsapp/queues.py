from __future__ import annotations

from infra.local.whatsapp.accounts import Address
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire.decoder import decode
from infra.local.whatsapp.wire.encoder import encode
from infra.local.whatsapp.wire.node import Node


class StanzaQueues:
    """For each client, the stanzas it has not yet confirmed: they are sent again at every login."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, address: Address, stanza: Node) -> None:
        """The same stanza again (a resend) takes the place of the first."""
        self._database.execute(
            "INSERT OR REPLACE INTO queue (number, device, class, id, sender, stanza) VALUES (?, ?, ?, ?, ?, ?)",
            *address,
            *(stanza.tag, stanza.text("id"), stanza.text("from"), encode(stanza)),
        )

    def settle(self, address: Address, kind: str, id: str, sender: str) -> None:
        self._database.execute(
            "DELETE FROM queue WHERE number = ? AND device = ? AND class = ? AND id = ? AND sender = ?",
            *address,
            *(kind, id, sender),
        )

    def count(self, address: Address) -> int:
        row = self._database.row("SELECT count(*) FROM queue WHERE number = ? AND device = ?", *address)
        return int(row[0]) if row else 0

    def waiting(self, address: Address) -> list[Node]:
        return [
            decode(stanza)
            for (stanza,) in self._database.rows(
                "SELECT stanza FROM queue WHERE number = ? AND device = ? ORDER BY seq", *address
            )
        ]
