"""Who calls: the key or token that was presented, and what is left of its rights some time later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from gateway.domain.access import Reach, Rights, Scope, authorise
from gateway.domain.errors import Unauthenticated
from gateway.store import api_keys
from gateway.store.database import Connection, Database
from gateway.store.limits import Allowance
from gateway.tokens import Token, Tokens


@dataclass(frozen=True, slots=True)
class Caller:
    """Which key it is and what it may do; every query is limited to its reach."""

    key_id: UUID
    rights: Rights
    token: Token | None = None

    @property
    def is_token(self) -> bool:
        return self.token is not None

    @property
    def reach(self) -> Reach:
        return self.rights.reach


def admit(
    database: Database,
    tokens: Tokens,
    text: str,
    per_minute: int,
    *,
    kind: str | None = None,
    session_id: UUID | None = None,
) -> tuple[Caller, Allowance]:
    """Return whose key or token a text is, and count its request in one round trip. Raises Unauthenticated.

    Requests of a `kind` are counted by themselves; those with keys and tokens are where there is none.
    """
    token = None if api_keys.is_one(text) else tokens.read(text)
    key, allowance = database.ask(
        partial(
            api_keys.admit,
            presented=token.key_id if token else text,
            per_minute=per_minute,
            kind=kind or ("token" if token else "api_key"),
            session_id=session_id,
        )
    )
    return Caller(key.id, token.limited(key.rights) if token else key.rights, token), allowance


def still_allowed(
    connection: Connection, key_id: UUID, token: Token | None, action: Scope, session_id: UUID | None = None
) -> Reach:
    """Return the reach that somebody who was identified some time ago has now.

    Raises Unauthenticated, Forbidden and NotFound, as when it was identified.
    """
    if token is not None and token.expires_at is not None and token.expires_at <= datetime.now(UTC):
        raise Unauthenticated("This token has ended: get a new one from your server.")
    rights = api_keys.authenticate(connection, key_id).rights
    return authorise(token.limited(rights) if token else rights, action, session_id)
