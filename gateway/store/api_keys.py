"""API keys: shown once, stored as a hash, each belonging to a user profile.

Format `wag_<secret>_<check>`: 190 bits of secret in base 62 and a CRC-32, so that scanners recognise a leaked key and
a mistyped one is refused without a query.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import zlib
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.errors import NotFound, Unauthenticated
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.ids import new_id
from gateway.store.limits import SPEND, SPENT, Allowance, allowance_of

_ALPHABET = string.digits + string.ascii_letters
_SECRET_CHARACTERS = 32
_SHOWN_CHARACTERS = 8
_LAST_USE_INTERVAL = "interval '1 minute'"
# The key with the parameter `hash`, if it may be used.
_VALID = "gateway.api_keys WHERE secret_hash = %(hash)s AND revoked_at IS NULL"

KeyT = TypeVar("KeyT", "ApiKey", dict[str, Any])


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key after it was shown; `prefix` is enough to recognise it."""

    id: UUID
    user_profile_id: UUID
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


_COLUMNS = columns_of(ApiKey)


def create(connection: Connection, user_profile_id: UUID, name: str) -> tuple[ApiKey, str]:
    """Make a key. Return its row and the key itself, which nobody can show again."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_CHARACTERS))
    text = f"wag_{secret}_{_check(secret)}"
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        [key] = cursor.execute(
            "INSERT INTO gateway.api_keys (id, user_profile_id, name, prefix, secret_hash)"  # noqa: S608
            f" VALUES (%s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
            [new_id(), user_profile_id, name, f"wag_{secret[:_SHOWN_CHARACTERS]}", _hash(text)],
        ).fetchall()
    return key, text


def list_all(connection: Connection, user_profile_id: UUID | None = None) -> list[ApiKey]:
    """Return keys, newest first, of one user or of all."""
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM gateway.api_keys"  # noqa: S608
            " WHERE %(user)s::uuid IS NULL OR user_profile_id = %(user)s ORDER BY id DESC",
            {"user": user_profile_id},
        ).fetchall()


def revoke(connection: Connection, key_id: UUID) -> None:
    """Refuse the key from now on. Raises NotFound."""
    revoked = connection.execute(
        "UPDATE gateway.api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = %s", [key_id]
    )
    if revoked.rowcount != 1:
        raise NotFound("API key")


def authenticate(connection: Connection, text: str) -> ApiKey:
    """Return the key of this text. Raises Unauthenticated."""
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        key = cursor.execute(f"SELECT {_COLUMNS} FROM {_VALID}", {"hash": _hash_of(text)}).fetchone()  # noqa: S608
    return _known(key)


def admit(connection: Connection, text: str, per_minute: int) -> tuple[ApiKey, Allowance]:
    """Return the key a client sent, and count its request, in one statement. Raises Unauthenticated.

    Its last use is recorded once a minute.
    """
    row = connection.execute(
        f"""
        WITH found AS (SELECT {_COLUMNS} FROM {_VALID}), used AS (
            UPDATE gateway.api_keys k SET last_used_at = now() FROM found
            WHERE k.id = found.id AND (k.last_used_at IS NULL OR k.last_used_at < now() - {_LAST_USE_INTERVAL})
        ), spender AS (SELECT 'api_key:' || id AS key FROM found), {SPEND}
        SELECT found.*, {SPENT} FROM found, spender
        """,  # noqa: S608
        {"hash": _hash_of(text), "per_minute": per_minute},
    ).fetchone()
    row = _known(row)
    return ApiKey(**{field.name: row[field.name] for field in fields(ApiKey)}), allowance_of(row, per_minute)


def _known(key: KeyT | None) -> KeyT:
    if key is None:
        raise Unauthenticated("This API key is unknown or was revoked.")
    return key


def _hash_of(text: str) -> bytes:
    """Return by what the key is stored. Raises Unauthenticated for what cannot be one, without a query."""
    if not _well_formed(text):
        raise Unauthenticated("This is not an API key of the gateway.")
    return _hash(text)


def _well_formed(text: str) -> bool:
    parts = text.split("_")
    return len(parts) == 3 and parts[0] == "wag" and parts[1].isascii() and parts[2] == _check(parts[1])


def _check(secret: str) -> str:
    return f"{zlib.crc32(secret.encode()):08x}"


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
