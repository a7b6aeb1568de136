"""Making API keys, as operators do it: with the terminal's `gateway keys`, and through the migrate function."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.domain.access import EVERYTHING, Reach, Rights, Scope
from gateway.domain.times import iso
from gateway.store import api_keys, users
from gateway.store.api_keys import ApiKey
from gateway.store.database import Connection

# For how long a key lives on that was rotated, where nobody says.
GRACE_SECONDS = 86_400.0
# An app's first key makes all others; a user's makes none unless that is said.
_APP_SCOPES = frozenset(Scope)
_USER_SCOPES = frozenset(Scope) - {Scope.ADMIN}


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key's row and the key itself, `text`, which nobody can show again."""

    row: ApiKey
    text: str

    @property
    def document(self) -> dict[str, Any]:
        """What is shown of it as JSON."""
        return {**describe(self.row), "key": self.text}


def issue_key(
    connection: Connection,
    user_profile_id: UUID | None,
    name: str,
    user_profiles_table: str,
    *,
    scopes: Collection[Scope] = (),
    session_ids: Collection[UUID] = (),
) -> IssuedKey:
    """Make a key for a user profile, which is made too where the table is our own; an app key where None.

    Without `scopes` an app key has all, a user key all but `admin`; without `session_ids` it reaches every session.
    Raises InvalidInput for an unknown user profile.
    """
    if user_profile_id is not None:
        users.ensure(connection, user_profile_id, user_profiles_table)
    usual = _APP_SCOPES if user_profile_id is None else _USER_SCOPES
    reach = Reach(user_profile_id, frozenset(session_ids) or None)
    return IssuedKey(*api_keys.create(connection, Rights(frozenset(scopes) or usual, reach), name))


def rotate_key(connection: Connection, key_id: UUID, grace_seconds: float) -> IssuedKey:
    """Make a key with the rights of another, which ends after so many seconds. Raises NotFound and Conflict."""
    old = api_keys.lock(connection, EVERYTHING, key_id)
    return IssuedKey(*api_keys.replace(connection, old, grace_seconds))


def describe(key: ApiKey) -> dict[str, Any]:
    """Return what is shown of a key as JSON, with the API's names; never the key itself."""
    moments = {
        "createdAt": key.created_at,
        "lastUsedAt": key.last_used_at,
        "expiresAt": key.expires_at,
        "revokedAt": key.revoked_at,
    }
    return {
        "id": str(key.id),
        "userProfileId": str(key.user_profile_id) if key.user_profile_id else None,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "sessionIds": None if key.session_ids is None else [str(each) for each in key.session_ids],
        **{name: moment and iso(moment) for name, moment in moments.items()},
    }
