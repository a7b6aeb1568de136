"""API keys and tokens: what the API returns of them, and the calls."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from gateway.client.calls import Call, Id, Page, no_content, page_reader, path, query
from gateway.client.models import Model
from gateway.domain.access import Scope

KeyScope = Annotated[Scope | str, Field(union_mode="left_to_right")]


class ApiKey(Model):
    """What is known of a key after it was shown.

    An app key, which acts for every user profile, has no `user_profile_id`. `prefix` is how it begins, `scopes` are
    `read`, `send`, `manage` and `admin`; `session_ids` are the sessions to which it is limited, None where it is not.
    `expires_at` is when it ends because it was rotated.
    """

    id: UUID
    user_profile_id: UUID | None = None
    name: str
    prefix: str
    scopes: tuple[KeyScope, ...]
    session_ids: tuple[UUID, ...] | None = None
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class IssuedKey(ApiKey):
    """A new key with its text, `key`, which is shown this once."""

    key: str = Field(repr=False)


class CurrentKey(Model):
    """What the key or token of a client may do; `id` is the key's, also of a token."""

    id: UUID
    user_profile_id: UUID | None = None
    scopes: tuple[KeyScope, ...]
    session_ids: tuple[UUID, ...] | None = None
    is_token: bool = False

    def user_profile_or_new(self) -> UUID:
        """Return the key's user profile; of an app key the id of a new one, for those who only try the gateway."""
        return self.user_profile_id or uuid4()


class Token(Model):
    """A token for a browser, which sends it as a bearer token until `expires_at`."""

    token: str = Field(repr=False)
    expires_at: datetime


def create_key(
    name: str,
    scopes: Collection[str],
    *,
    user_profile_id: Id | None = None,
    session_ids: Collection[Id] | None = None,
) -> Call[IssuedKey]:
    """Make a key; not sent again where the answer was lost, or there would be a key that nobody knows."""
    body = {
        "name": name,
        "scopes": list(scopes),
        **({"userProfileId": str(user_profile_id)} if user_profile_id else {}),
        **({"sessionIds": [str(each) for each in session_ids]} if session_ids is not None else {}),
    }
    return Call("POST", "/keys", IssuedKey.model_validate, body=body, repeatable=False)


def keys(
    cursor: str | None = None, limit: int | None = None, *, user_profile_id: Id | None = None
) -> Call[Page[ApiKey]]:
    """List keys, newest first."""
    parameters = query(cursor=cursor, limit=limit, user_profile_id=user_profile_id)
    return Call("GET", "/keys", page_reader("keys", ApiKey.model_validate), parameters)


def current_key() -> Call[CurrentKey]:
    """Read what the key or token of the request may do."""
    return Call("GET", "/keys/current", CurrentKey.model_validate)


def rotate_key(key_id: Id, grace_seconds: int | None = None) -> Call[IssuedKey]:
    """Replace a key; not sent again where the answer was lost, as `create_key`."""
    body = {} if grace_seconds is None else {"graceSeconds": grace_seconds}
    return Call("POST", path("keys", key_id, "rotate"), IssuedKey.model_validate, body=body, repeatable=False)


def revoke_key(key_id: Id) -> Call[None]:
    """Revoke a key."""
    return Call("DELETE", path("keys", key_id), no_content)


def create_token(session_ids: Collection[Id], scopes: Collection[str], expires_in: int | None = None) -> Call[Token]:
    """Make a token for a browser."""
    body = {
        "sessionIds": [str(each) for each in session_ids],
        "scopes": list(scopes),
        **({"expiresIn": expires_in} if expires_in is not None else {}),
    }
    return Call("POST", "/tokens", Token.model_validate, body=body)
