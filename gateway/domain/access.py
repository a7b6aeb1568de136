"""Who may do what: the rights of a key or token, and the one function that decides by them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from gateway.domain.errors import Forbidden, NotFound


class Scope(StrEnum):
    """A kind of action; each is given by itself, none includes another."""

    READ = "read"
    SEND = "send"
    MANAGE = "manage"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose sessions: those of one user profile, or of all where None; of these only some, or any where None."""

    user_profile_id: UUID | None = None
    session_ids: frozenset[UUID] | None = None

    def covers(self, other: Reach) -> bool:
        """Return whether everything within `other` is within this."""
        if self.user_profile_id is not None and self.user_profile_id != other.user_profile_id:
            return False
        return self.session_ids is None or (other.session_ids is not None and other.session_ids <= self.session_ids)

    def narrowed(self, session_ids: Collection[UUID] | None) -> Reach:
        """Return what of it these sessions are; all of it where None."""
        if session_ids is None:
            return self
        wanted = frozenset(session_ids)
        return Reach(self.user_profile_id, wanted if self.session_ids is None else wanted & self.session_ids)


# How the Explorer names itself: its requests are counted apart, so that pages that poll do not use up an app's.
EXPLORER_AGENT = "whatsapp-gateway-explorer"
# Of operators, who work on the database itself.
EVERYTHING = Reach()


@dataclass(frozen=True, slots=True)
class Rights:
    """What a key or token allows, and on whose sessions."""

    scopes: frozenset[Scope]
    reach: Reach

    def covers(self, other: Rights) -> bool:
        """Return whether whoever has these rights may give away `other`."""
        return other.scopes <= self.scopes and self.reach.covers(other.reach)


def authorise(rights: Rights, action: Scope, session_id: UUID | None = None) -> Reach:
    """Return the reach by which the action's rows are read: what lies outside it is a NotFound of the store.

    Raises Forbidden where the scope is missing, whatever the session; NotFound for a session that is not named in a
    reach that names some.
    """
    if action not in rights.scopes:
        raise Forbidden(f"This needs the scope `{action}`, which this key or token does not have.")
    named = rights.reach.session_ids
    if session_id is not None and named is not None and session_id not in named:
        raise NotFound("session")
    return rights.reach
