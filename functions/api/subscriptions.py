"""Which events a webhook is sent: what a caller asks for, within what its key reaches."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from functions.api.schemas.webhooks import ChangeWebhook, CreateWebhook
from gateway.callers import Caller
from gateway.domain.access import Reach, Scope, authorise
from gateway.domain.errors import Forbidden, InvalidInput, NotFound
from gateway.store import sessions
from gateway.store.database import Connection

_CHOICES = {"session_ids": "sessionIds", "user_profile_ids": "userProfileIds", "all": "all"}


def require_may_listen(caller: Caller) -> None:
    """Raise Forbidden for those who may not read what is sent, or whose rights end before the webhook does."""
    authorise(caller.rights, Scope.READ)
    if caller.is_token:
        raise Forbidden("A token cannot manage webhooks: they would outlive it. Use an API key.")


def whose(connection: Connection, reach: Reach, body: CreateWebhook | ChangeWebhook) -> dict[str, Any]:
    """Return the columns that say whose events are sent; none where nothing is named.

    A key that is limited to sessions has webhooks of these alone. Raises InvalidInput and NotFound.
    """
    named = [name for name in _CHOICES if getattr(body, name) not in (None, False)]
    if len(named) > 1:
        raise InvalidInput(_CHOICES[named[1]], f"Name either {_CHOICES[named[1]]} or {_CHOICES[named[0]]}.")
    if not named:
        return {}
    session_ids = body.session_ids if named == ["session_ids"] else None
    user_profile_ids = body.user_profile_ids if named == ["user_profile_ids"] else None
    if session_ids and sessions.missing(connection, reach, session_ids):
        raise NotFound("session", "sessionIds")
    own = reach.user_profile_id
    if user_profile_ids and own is not None and set(user_profile_ids) != {own}:
        raise NotFound("user profile", "userProfileIds")
    return {"session_ids": _within(reach, session_ids), "user_profile_ids": user_profile_ids}


def _within(reach: Reach, session_ids: Collection[UUID] | None) -> list[UUID] | None:
    narrowed = reach.narrowed(session_ids).session_ids
    return None if narrowed is None else sorted(narrowed)
