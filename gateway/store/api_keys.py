"""API keys: shown once, stored as a hash; an app key acts for every user profile, a user key for one.

Format `wag_<secret>_<check>`: 190 bits of secret in base 62 and a CRC-32, so that scanners recognise a leaked key and
a mistyped one is refused without a query.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import zlib
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import errors
from psycopg.rows import class_row

from gateway.domain.access import Reach, Rights, Scope
from gateway.domain.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.ids import new_id
from gateway.store.limits import SPEND, SPENT, Allowance, allowance_of

_ALPHABET = string.digits + string.ascii_letters
_PREFIX = "wag"
_SECRET_CHARACTERS = 32
_SHOWN_CHARACTERS = 8
_LAST_USE_INTERVAL = "interval '1 minute'"
_USABLE = "k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())"
_UNKNOWN = "This API key is unknown, has ended or was revoked."


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key after it was shown; `prefix` is enough to recognise it.

    One without a user profile is an app key; one that was rotated ends at `expires_at`.
    """

    id: UUID
    user_profile_id: UUID | None
    name: str
    prefix: str
    scopes: list[str]
    session_ids: list[UUID] | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None

    @property
    def rights(self) -> Rights:
        sessions = None if self.session_ids is None else frozenset(self.session_ids)
        return Rights(frozenset(map(Scope, self.scopes)), Reach(self.user_profile_id, sessions))

    @property
    def has_ended(self) -> bool:
        """Whether it is refused."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= datetime.now(UTC))


_COLUMNS = columns_of(ApiKey, "k")

# Which keys somebody with a reach may see: none that reaches further.
_VISIBLE = """(%(user)s::uuid IS NULL OR k.user_profile_id = %(user)s)
    AND (%(sessions)s::uuid[] IS NULL OR k.session_ids <@ %(sessions)s)"""


def create(connection: Connection, rights: Rights, name: str) -> tuple[ApiKey, str]:
    """Make a key. Return its row and the key itself, which nobody can show again.

    Raises InvalidInput for a user profile that does not exist.
    """
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_CHARACTERS))
    text = f"{_PREFIX}_{secret}_{_check(secret)}"
    reach = rights.reach
    values = {
        "id": new_id(),
        "user_profile_id": reach.user_profile_id,
        "name": name,
        "prefix": f"{_PREFIX}_{secret[:_SHOWN_CHARACTERS]}",
        "secret_hash": _hash(text),
        # In the order in which the API names them.
        "scopes": [scope for scope in Scope if scope in rights.scopes],
        "session_ids": None if reach.session_ids is None else sorted(reach.session_ids),
    }
    try:
        with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
            [key] = cursor.execute(
                f"INSERT INTO gateway.api_keys AS k ({', '.join(values)})"  # noqa: S608
                f" VALUES ({', '.join(f'%({column})s' for column in values)}) RETURNING {_COLUMNS}",
                values,
            ).fetchall()
    except errors.ForeignKeyViolation:
        raise InvalidInput("userProfileId", "There is no such user profile.") from None
    return key, text


def page(
    connection: Connection,
    reach: Reach,
    before: UUID | None = None,
    limit: int | None = None,
    *,
    user_profile_id: UUID | None = None,
) -> list[ApiKey]:
    """Return the keys that reach no further than `reach`, newest first, older than `before`; of one user, or of all."""
    return _select(
        connection,
        f"{_VISIBLE} AND (%(before)s::uuid IS NULL OR k.id < %(before)s)"
        " AND (%(of_user)s::uuid IS NULL OR k.user_profile_id = %(of_user)s) ORDER BY k.id DESC LIMIT %(limit)s",
        {**_visible(reach), "before": before, "limit": limit, "of_user": user_profile_id},
    )


def lock(connection: Connection, reach: Reach, key_id: UUID) -> ApiKey:
    """Lock a key that reaches no further than `reach` until the transaction ends, and return it. Raises NotFound."""
    found = _select(connection, f"k.id = %(id)s AND {_VISIBLE} FOR UPDATE", {"id": key_id, **_visible(reach)})
    if not found:
        raise NotFound("API key")
    return found[0]


def revoke(connection: Connection, reach: Reach, key_id: UUID) -> None:
    """Refuse the key and its tokens from now on. Raises NotFound."""
    lock(connection, reach, key_id)
    connection.execute("UPDATE gateway.api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = %s", [key_id])


def replace(connection: Connection, old: ApiKey, grace_seconds: float) -> tuple[ApiKey, str]:
    """Make a key with the rights of one that is locked; return what `create` does.

    The old one ends after so many seconds, or when it would have if that is sooner. Raises Conflict where it has ended.
    """
    if old.has_ended:
        raise Conflict("key_ended", "This key has ended: make another.")
    connection.execute(
        "UPDATE gateway.api_keys SET expires_at = least(expires_at, now() + make_interval(secs => %s)) WHERE id = %s",
        [grace_seconds, old.id],
    )
    return create(connection, old.rights, old.name)


def authenticate(connection: Connection, presented: str | UUID) -> ApiKey:
    """Return the key of this text or id. Raises Unauthenticated."""
    known_by = _hash_of(presented) if isinstance(presented, str) else presented
    found = _select(connection, f"{_known_by(presented)} AND {_USABLE}", {"known_by": known_by})
    if not found:
        raise Unauthenticated(_UNKNOWN)
    return found[0]


def admit(
    connection: Connection, presented: str | UUID, per_minute: int, *, kind: str, session_id: UUID | None = None
) -> tuple[ApiKey, Allowance]:
    """Return the key a client sent, or of whose id a token is, and count its request, in one statement.

    Requests of a `kind` are counted by themselves; those of an app key about a session, by its user profile. The last
    use is recorded once a minute. Raises Unauthenticated.
    """
    row = connection.execute(
        f"""
        WITH found AS (
            SELECT {_COLUMNS} FROM gateway.api_keys k WHERE {_known_by(presented)} AND {_USABLE}
        ), used AS (
            UPDATE gateway.api_keys k SET last_used_at = now() FROM found
            WHERE k.id = found.id AND (k.last_used_at IS NULL OR k.last_used_at < now() - {_LAST_USE_INTERVAL})
        ), spender AS (
            SELECT concat_ws(':', %(kind)s::text, id, CASE WHEN user_profile_id IS NULL THEN
                (SELECT s.user_profile_id FROM gateway.whatsapp_sessions s WHERE s.id = %(session)s) END) AS key
            FROM found
        ), {SPEND}
        SELECT found.*, {SPENT} FROM found, spender
        """,  # noqa: S608
        {
            "known_by": _hash_of(presented) if isinstance(presented, str) else presented,
            "session": session_id,
            "kind": kind,
            "per_minute": per_minute,
        },
    ).fetchone()
    if row is None:
        raise Unauthenticated(_UNKNOWN)
    return ApiKey(**{field.name: row[field.name] for field in fields(ApiKey)}), allowance_of(row, per_minute)


def _known_by(presented: str | UUID) -> LiteralString:
    return "k.secret_hash = %(known_by)s" if isinstance(presented, str) else "k.id = %(known_by)s"


def is_one(text: str) -> bool:
    """Return whether a text is meant as an API key, right or wrong."""
    return text.startswith(f"{_PREFIX}_")


def _select(connection: Connection, where: str, values: dict[str, Any]) -> list[ApiKey]:
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        return cursor.execute(f"SELECT {_COLUMNS} FROM gateway.api_keys k WHERE {where}", values).fetchall()  # noqa: S608


def _visible(reach: Reach) -> dict[str, UUID | Collection[UUID] | None]:
    return {
        "user": reach.user_profile_id,
        "sessions": None if reach.session_ids is None else sorted(reach.session_ids),
    }


def _hash_of(text: str) -> bytes:
    """Return by what the key is stored. Raises Unauthenticated for what cannot be one, without a query."""
    if not _well_formed(text):
        raise Unauthenticated("This is not an API key of the gateway.")
    return _hash(text)


def _well_formed(text: str) -> bool:
    parts = text.split("_")
    return len(parts) == 3 and parts[0] == _PREFIX and parts[1].isascii() and parts[2] == _check(parts[1])


def _check(secret: str) -> str:
    return f"{zlib.crc32(secret.encode()):08x}"


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
