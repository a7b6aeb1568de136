"""The server's long-lived keys."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire.certificates import noise_chain
from infra.local.whatsapp.wire.keys import KeyPair


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """The server's static Noise key, the chain that vouches for it, and the root that clients must know."""

    root: bytes
    static: KeyPair
    chain: bytes

    @classmethod
    def load(cls, database: Database) -> ServerKeys:
        """Return the keys, which are made at the first start and kept."""
        root, intermediate, static = (_key(database, name) for name in ("root", "intermediate", "static"))
        return cls(root.public, static, noise_chain(root, intermediate, static))


def _key(database: Database, name: str) -> KeyPair:
    row = database.row("SELECT private FROM server_keys WHERE name = ?", name)
    if row:
        return KeyPair.restore(row[0])
    pair = KeyPair.generate()
    database.execute("INSERT INTO server_keys VALUES (?, ?)", name, pair.private)
    return pair
