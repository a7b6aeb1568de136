"""Who calls: the key or token that was presented, and what is left of its rights some time later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from gateway.domain.access import Reach, Rights, Scope, authorise
from gateway.domain.errors import Unauthenticated
from gateway.store import api_keys
from gateway.store.api_keys import Presented
from gateway.store.database import Connection
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


def identify(
    connection: Connection, tokens: Tokens, text: str, session_id: UUID | None = None
) -> tuple[Caller, Presented]:
    """Return whose key or token a text is. Raises Unauthenticated."""
    token = None if api_keys.is_one(text) else tokens.read(text)
    if token is None:
        presented = api_keys.authenticate(connection, text, session_id)
    else:
        presented = api_keys.authenticate_by_id(connection, token.key_id, session_id)
    rights = presented.key.rights
    return Caller(presented.key.id, token.limited(rights) if token else rights, token), presented


def still_allowed(
    connection: Connection, key_id: UUID, token: Token | None, action: Scope, session_id: UUID | None = None
) -> Reach:
    """Return the reach that somebody who was identified some time ago has now.

    Raises Unauthenticated, Forbidden and NotFound, as when it was identified.
    """
    if token is not None and token.expires_at is not None and token.expires_at <= datetime.now(UTC):
        raise Unauthenticated("This token has ended: get a new one from your server.")
    rights = api_keys.authenticate_by_id(connection, key_id, session_id).key.rights
    return authorise(token.limited(rights) if token else rights, action, session_id)
