"""API keys and tokens as the API shows them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict

from functions.api.schemas.sessions import Name
from gateway.domain.access import Rights, Scope
from gateway.schemas.base import Moment, RequestBody, ResponseBody, shown
from gateway.store.api_keys import ApiKey

MAX_SESSIONS = 100
_SESSION_ID = "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10"
_KEY: JsonDict = {
    "id": "0198c7a4-0f1e-7d2c-8b3a-4958677685a4",
    "userProfileId": None,
    "name": "server",
    "prefix": "wag_4fQ9zTbK",
    "scopes": ["read", "send", "manage"],
    "sessionIds": None,
    "createdAt": "2026-08-21T09:30:00.000Z",
    "lastUsedAt": None,
    "expiresAt": None,
    "revokedAt": None,
}
_TEXT = "wag_4fQ9zTbKxY7mPa1LhW3sVdC8nRuE5gJt_1a2b3c4d"
_DAY_SECONDS = 86_400


def _unique(values: list[Scope]) -> list[Scope]:
    if len(set(values)) != len(values):
        raise ValueError("Name each once.")
    return values


def _unique_ids(values: list[UUID]) -> list[UUID]:
    if len(set(values)) != len(values):
        raise ValueError("Name each once.")
    return values


SessionIds = Annotated[list[UUID], Field(min_length=1, max_length=MAX_SESSIONS), AfterValidator(_unique_ids)]


class CreateKey(RequestBody):
    """A key to make; it may do nothing that the key of the request may not."""

    model_config = shown({"name": "server", "scopes": ["read", "send", "manage"]})

    name: Name
    user_profile_id: Annotated[
        UUID | None, Field(description="For a user key: whose. With an app key, leave it out to make an app key.")
    ] = None
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope)), AfterValidator(_unique)]
    session_ids: Annotated[SessionIds | None, Field(description="Limits the key to these sessions.")] = None


class RotateKey(RequestBody):
    """How long the old key lives on."""

    model_config = shown({"graceSeconds": 3600})

    grace_seconds: Annotated[int, Field(ge=0, le=30 * _DAY_SECONDS)] = _DAY_SECONDS


class KeyBody(ResponseBody):
    """What is known of a key after it was shown; one without a user profile is an app key."""

    model_config = shown(_KEY)

    id: UUID
    user_profile_id: UUID | None
    name: str
    prefix: str = Field(description="How the key begins: enough to recognise it.")
    scopes: list[Scope]
    session_ids: list[UUID] | None = Field(description="The sessions to which it is limited; null: any.")
    created_at: Moment
    last_used_at: Moment | None = Field(description="Recorded once a minute.")
    expires_at: Moment | None = Field(description="When it ends, because it was rotated.")
    revoked_at: Moment | None

    @classmethod
    def of(cls, key: ApiKey) -> KeyBody:
        return cls(**_fields(key))


class IssuedKeyBody(KeyBody):
    """A key with its text, which is shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_KEY, "key": _TEXT}]})

    key: str

    @classmethod
    def issued(cls, key: ApiKey, text: str) -> IssuedKeyBody:
        return cls(**_fields(key), key=text)


class KeyPage(ResponseBody):
    """Newest first."""

    keys: list[KeyBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


class CurrentKeyBody(ResponseBody):
    """What the key or token of the request may do."""

    model_config = shown(
        {"id": _KEY["id"], "userProfileId": None, "scopes": ["read", "send"], "sessionIds": None, "isToken": False}
    )

    id: UUID = Field(description="Of the key; of a token's key.")
    user_profile_id: UUID | None = Field(description="For whom it acts; null: for every user profile.")
    scopes: list[Scope]
    session_ids: list[UUID] | None
    is_token: bool

    @classmethod
    def of(cls, key_id: UUID, rights: Rights, *, is_token: bool) -> CurrentKeyBody:
        named = rights.reach.session_ids
        return cls(
            id=key_id,
            user_profile_id=rights.reach.user_profile_id,
            scopes=[scope for scope in Scope if scope in rights.scopes],
            session_ids=None if named is None else sorted(named),
            is_token=is_token,
        )


class CreateToken(RequestBody):
    """A token for a browser: only for these sessions and scopes, and only for a while."""

    model_config = shown({"sessionIds": [_SESSION_ID], "scopes": ["read"], "expiresIn": 900})

    session_ids: SessionIds
    scopes: Annotated[
        list[Literal[Scope.READ, Scope.SEND, Scope.MANAGE]],
        Field(min_length=1, max_length=3),
        AfterValidator(_unique),
    ]
    expires_in: Annotated[int, Field(ge=10, le=3600, description="Seconds.")] = 900


class TokenBody(ResponseBody):
    """A token; send it as a bearer token."""

    model_config = shown({"token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln", "expiresAt": _KEY["createdAt"]})

    token: str
    expires_at: Moment


def _fields(key: ApiKey) -> dict[str, object]:
    return {name: getattr(key, name) for name in KeyBody.model_fields}
