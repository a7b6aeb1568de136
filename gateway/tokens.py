"""Tokens for browsers: what a key lends of its rights, signed, for minutes; nothing about them is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from gateway.domain.access import Rights, Scope
from gateway.domain.errors import Unauthenticated

_ALGORITHM = "HS256"
_ISSUER = "whatsapp-gateway"
_REQUIRED = ["iss", "exp", "key", "scopes", "sessions"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose signature is right: it has those rights of its key that it names, as long as the key has them.

    `expires_at` is known of one that was read.
    """

    key_id: UUID
    scopes: frozenset[Scope]
    session_ids: frozenset[UUID]
    expires_at: datetime | None = None

    def limited(self, rights: Rights) -> Rights:
        """Return what is left of the key's rights."""
        return Rights(rights.scopes & self.scopes, rights.reach.narrowed(self.session_ids))


class Tokens:
    """`keys` are the signing keys: the first signs, all verify, so that one can be replaced."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys

    def issue(self, token: Token, seconds: int) -> tuple[str, datetime]:
        """Return the text of a token, and when it ends."""
        now = datetime.now(UTC).replace(microsecond=0)
        end = now + timedelta(seconds=seconds)
        claims = {
            "iss": _ISSUER,
            "iat": now,
            "exp": end,
            "key": str(token.key_id),
            "scopes": sorted(token.scopes),
            "sessions": sorted(session_id.hex for session_id in token.session_ids),
        }
        return jwt.encode(claims, self._keys[0], _ALGORITHM), end

    def read(self, text: str) -> Token:
        """Return what a token says. Raises Unauthenticated for one that was not signed here, or has ended."""
        for key in self._keys:
            try:
                claims = jwt.decode(
                    text,
                    key,
                    [_ALGORITHM],
                    issuer=_ISSUER,
                    # Not when it was issued: the clock of another process may be ahead of ours.
                    options={"require": _REQUIRED, "verify_iat": False},
                )
            except jwt.ExpiredSignatureError:
                raise Unauthenticated("This token has ended: get a new one from your server.") from None
            except jwt.InvalidTokenError:
                continue
            scopes = frozenset(map(Scope, claims["scopes"]))
            end = datetime.fromtimestamp(claims["exp"], UTC)
            return Token(UUID(claims["key"]), scopes, frozenset(map(UUID, claims["sessions"])), end)
        raise Unauthenticated("This is neither an API key nor a token of the gateway.")
