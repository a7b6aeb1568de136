"""What the Developers tab shows of API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from gateway.client.keys import ApiKey
from gateway.domain.access import Scope

# What each scope allows, in the words of the form.
SCOPES: dict[Scope, str] = {
    Scope.READ: "sessions, chats, messages, events",
    Scope.SEND: "send, mark as read, take chats over",
    Scope.MANAGE: "make, link and delete sessions, set up the assistant",
    Scope.ADMIN: "make and revoke keys",
}
# Seconds for which an old key lives on, and how that is said.
GRACES = ((86_400, "a day"), (3_600, "an hour"), (604_800, "a week"), (2_592_000, "30 days"), (0, "no more"))


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key; `is_own` says that the reader is signed in with it."""

    key: ApiKey
    is_own: bool

    @property
    def has_ended(self) -> bool:
        return self.key.revoked_at is not None or (
            self.key.expires_at is not None and self.key.expires_at <= datetime.now(UTC)
        )

    @property
    def label(self) -> str:
        if self.key.revoked_at is not None:
            return "Revoked"
        if self.key.expires_at is None:
            return "Active"
        return "Replaced" if self.has_ended else "Being replaced"

    @property
    def tone(self) -> str:
        return "idle" if self.has_ended else "busy" if self.key.expires_at else "good"

    @property
    def may(self) -> str:
        """Its scopes in a fixed order."""
        return ", ".join(str(scope) for scope in sorted(self.key.scopes, key=_order))


def key_view(key: ApiKey, own_id: UUID) -> KeyView:
    """Return a key as it is shown to who is signed in with the key `own_id`."""
    return KeyView(key, key.id == own_id)


def _order(scope: Scope | str) -> int:
    return list(Scope).index(scope) if isinstance(scope, Scope) else len(Scope)
