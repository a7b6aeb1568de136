"""The store of encrypted media."""

from __future__ import annotations

import secrets

from infra.local.whatsapp.database import Database

MEDIA_HOST = "mmg.whatsapp.net"


class MediaStore:
    """Encrypted files, as clients and phones upload them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, body: bytes) -> str:
        """Store a file and return its direct path, which has a question mark because clients append parameters."""
        name = secrets.token_hex(12)
        self._database.execute("INSERT INTO media VALUES (?, ?)", name, body)
        return f"/v/t62.7118-24/{name}?ccb=11-4&oh=local"

    def get(self, name: str) -> bytes | None:
        row = self._database.row("SELECT body FROM media WHERE name = ?", name)
        return bytes(row[0]) if row else None
