"""Making API keys, as operators do it: with the terminal's `gateway keys`, and through the migrate function."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gateway.store import api_keys, users
from gateway.store.api_keys import ApiKey
from gateway.store.database import Connection
from gateway.store.ids import new_id


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key's row and the key itself, `text`, which nobody can show again."""

    row: ApiKey
    text: str

    @property
    def document(self) -> dict[str, str]:
        """What is shown of it as JSON."""
        row = self.row
        return {"id": str(row.id), "userProfileId": str(row.user_profile_id), "name": row.name, "key": self.text}


def issue_key(connection: Connection, user_profile_id: UUID | None, name: str, user_profiles_table: str) -> IssuedKey:
    """Make a key for a user profile, a new one where None; where the table is our own, make the profile too."""
    owner = user_profile_id or new_id()
    users.ensure(connection, owner, user_profiles_table)
    return IssuedKey(*api_keys.create(connection, owner, name))
