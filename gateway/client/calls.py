"""Every endpoint as a value: the request, and how to read the response. Knows neither threads nor asyncio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote
from uuid import UUID, uuid4

from pydantic.alias_generators import to_camel

from gateway.client.chats import Chat
from gateway.client.given_files import Part
from gateway.client.health import Health
from gateway.client.models import Message, SessionInfo, Status

T = TypeVar("T")
Id = UUID | str


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request; sent again it is the same one, with the same Idempotency-Key.

    `read` makes the result of the JSON of the response, or of where a redirect leads. `accepts` are statuses beside 2xx
    that are no errors. `part` is a file, sent as a form instead of a body. One that is not `repeatable` is not sent
    again once it may have reached the API.
    """

    method: str
    path: str
    read: Callable[[Any], T]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    part: Part | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    accepts: frozenset[int] = frozenset()
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list; `next` is the cursor of the following page, None on the last one."""

    items: tuple[T, ...]
    next: str | None


def path(*segments: object) -> str:
    """Join the segments of a path, each escaped: an id that a person typed cannot lead elsewhere."""
    return "".join(f"/{quote(str(segment), safe='+@', errors='replace')}" for segment in segments)


def query(**parameters: object) -> dict[str, str]:
    """Return the parameters that are not None by the API's names, as text."""
    return {to_camel(name): _text(value) for name, value in parameters.items() if value is not None}


def _text(value: object) -> str:
    """Write a time with its offset, one without as that of this machine's zone."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list | tuple | set | frozenset):
        return ",".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def post(
    where: str,
    read: Callable[[Any], T],
    body: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Call[T]:
    """Return a POST with an Idempotency-Key: the caller's, or a random one."""
    return Call("POST", where, read, body=body, headers={"Idempotency-Key": key or str(uuid4()), **(headers or {})})


def no_content(_: Any) -> None:  # noqa: ANN401
    """Read a response that has no result."""


def health() -> Call[Health]:
    """Read the API's health; a 503 is read as well, because it says which part is down."""
    return Call("GET", "/health", Health.model_validate, accepts=frozenset({503}))


def create_session(
    name: str,
    key: str | None = None,
    *,
    user_profile_id: Id | None = None,
    external_id: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Call[SessionInfo]:
    """Create a session."""
    owner = str(user_profile_id) if user_profile_id else None
    own = {"userProfileId": owner, "externalId": external_id, "metadata": dict(metadata) if metadata else None}
    body = {"sessionName": name, **{field: value for field, value in own.items() if value is not None}}
    return post("/sessions", SessionInfo.model_validate, body, key=key)


def sessions(
    cursor: str | None = None,
    limit: int | None = None,
    *,
    user_profile_id: Id | None = None,
    status: str | None = None,
    external_id: str | None = None,
) -> Call[Page[SessionInfo]]:
    """List sessions, newest first."""
    parameters = query(
        cursor=cursor, limit=limit, user_profile_id=user_profile_id, status=status, external_id=external_id
    )
    return Call("GET", "/sessions", page_reader("sessions", SessionInfo.model_validate), parameters)


def change_session(session_id: Id, changes: Mapping[str, object]) -> Call[SessionInfo]:
    """Change what `changes` names: session_name, external_id, metadata."""
    body = {to_camel(name): value for name, value in changes.items()}
    return Call("PATCH", path("sessions", session_id), SessionInfo.model_validate, body=body)


def session(session_id: Id) -> Call[SessionInfo]:
    """Read a session."""
    return Call("GET", path("sessions", session_id), SessionInfo.model_validate)


def delete_session(session_id: Id) -> Call[None]:
    """Delete a session."""
    return Call("DELETE", path("sessions", session_id), no_content)


def connect(
    session_id: Id, phone_number: str | None = None, *, history: str | None = None, history_days: int | None = None
) -> Call[Status]:
    """Start to connect; with `phone_number` link by a pairing code in place of a QR code."""
    given = {"phoneNumber": phone_number or None, "history": history, "historyDays": history_days}
    body = {name: value for name, value in given.items() if value is not None}
    return post(path("sessions", session_id, "connect"), Status.model_validate, body)


def status(session_id: Id) -> Call[Status]:
    """Read the state of the connection."""
    return Call("GET", path("sessions", session_id, "status"), Status.model_validate)


def disconnect(session_id: Id) -> Call[Status]:
    """Start to end the connection."""
    return post(path("sessions", session_id, "disconnect"), Status.model_validate)


def logout(session_id: Id) -> Call[Status]:
    """Start to unlink the number."""
    return post(path("sessions", session_id, "logout"), Status.model_validate)


def messages(
    session_id: Id,
    cursor: str | None = None,
    *,
    chat: Id | None = None,
    limit: int | None = None,
    filters: Mapping[str, object] | None = None,
) -> Call[Page[Message]]:
    """List messages, newest first; `filters` are those of `gateway.client.filters`, and may hold `chat`."""
    where = path("sessions", session_id, "messages")
    parameters = query(**{"cursor": cursor, "limit": limit, "chat": chat, **(filters or {})})
    return Call("GET", where, page_reader("messages", Message.model_validate), parameters)


def message(session_id: Id, message_id: Id) -> Call[Message]:
    """Read a message with its timeline."""
    return Call("GET", path("sessions", session_id, "messages", message_id), Message.model_validate)


def chats(
    session_id: Id,
    cursor: str | None = None,
    *,
    search: str | None = None,
    unread: bool | None = None,
    kind: str | None = None,
    limit: int | None = None,
) -> Call[Page[Chat]]:
    """List chats, last active first."""
    where = path("sessions", session_id, "chats")
    parameters = query(cursor=cursor, search=search, unread=unread, kind=kind, limit=limit)
    return Call("GET", where, page_reader("chats", Chat.model_validate), parameters)


def read_chat(session_id: Id, chat_id: Id, *, receipts: bool = True) -> Call[None]:
    """Mark the unread messages of a chat as read; without `receipts` only on the account's own devices."""
    body = None if receipts else {"receipts": False}
    return post(path("sessions", session_id, "chats", chat_id, "read"), no_content, body)


def page_reader(name: str, read: Callable[[Any], T]) -> Callable[[Any], Page[T]]:
    """Return the reader of a list whose items are under `name`."""

    def page(document: Any) -> Page[T]:  # noqa: ANN401
        return Page(tuple(read(item) for item in document[name]), document.get("nextCursor"))

    return page
