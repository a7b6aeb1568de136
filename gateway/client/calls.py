"""Every endpoint as a value: what to ask, and how to read the answer. Knows neither threads nor asyncio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote
from uuid import UUID, uuid4

from gateway.client.models import Chat, Event, Health, Message, Sent, SessionInfo, Status

T = TypeVar("T")
Id = UUID | str


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request; sent again it is the same request, with the same Idempotency-Key."""

    method: str
    path: str
    read: Callable[[Any], T]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    # Beside 2xx: answers that are no errors.
    accepts: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list; `next` asks for the rest, None where there is none."""

    items: tuple[T, ...]
    next: str | None


def path(*segments: object) -> str:
    """Segments are escaped: an id given by a person cannot lead elsewhere."""
    return "".join(f"/{quote(str(segment), safe='+@')}" for segment in segments)


def query(**parameters: object) -> dict[str, str]:
    """Parameters that were given."""
    return {name: str(value) for name, value in parameters.items() if value is not None}


def post(
    where: str,
    read: Callable[[Any], T],
    body: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Call[T]:
    """A POST under an Idempotency-Key: the caller's, or one of its own."""
    return Call("POST", where, read, body=body, headers={"Idempotency-Key": key or str(uuid4()), **(headers or {})})


def nothing(_: Any) -> None:  # noqa: ANN401
    """The answer has no content."""


def health() -> Call[Health]:
    return Call("GET", "/health", Health.model_validate, accepts=frozenset({503}))


def create_session(name: str, key: str | None = None) -> Call[SessionInfo]:
    return post("/sessions", SessionInfo.model_validate, {"sessionName": name}, key=key)


def sessions(cursor: str | None = None, limit: int | None = None) -> Call[Page[SessionInfo]]:
    return Call("GET", "/sessions", pages_of("sessions", SessionInfo.model_validate), query(cursor=cursor, limit=limit))


def session(session_id: Id) -> Call[SessionInfo]:
    return Call("GET", path("sessions", session_id), SessionInfo.model_validate)


def delete_session(session_id: Id) -> Call[None]:
    return Call("DELETE", path("sessions", session_id), nothing)


def connect(session_id: Id, phone_number: str | None = None) -> Call[Status]:
    body = {"phoneNumber": phone_number} if phone_number else {}
    return post(path("sessions", session_id, "connect"), Status.model_validate, body)


def status(session_id: Id) -> Call[Status]:
    return Call("GET", path("sessions", session_id, "status"), Status.model_validate)


def disconnect(session_id: Id) -> Call[Status]:
    return post(path("sessions", session_id, "disconnect"), Status.model_validate)


def logout(session_id: Id) -> Call[Status]:
    return post(path("sessions", session_id, "logout"), Status.model_validate)


def send(session_id: Id, to: str, text: str, *, wait: bool = True, key: str | None = None) -> Call[Sent]:
    headers = {} if wait else {"Prefer": "respond-async"}
    where = path("sessions", session_id, "messages")
    return post(where, Sent.model_validate, {"to": to, "text": text}, key=key, headers=headers)


def messages(
    session_id: Id, cursor: str | None = None, *, chat: Id | None = None, limit: int | None = None
) -> Call[Page[Message]]:
    where = path("sessions", session_id, "messages")
    return Call(
        "GET", where, pages_of("messages", Message.model_validate), query(cursor=cursor, chat=chat, limit=limit)
    )


def message(session_id: Id, message_id: Id) -> Call[Message]:
    return Call("GET", path("sessions", session_id, "messages", message_id), Message.model_validate)


def resend(session_id: Id, message_id: Id, *, wait: bool = True) -> Call[Sent]:
    headers = {} if wait else {"Prefer": "respond-async"}
    where = path("sessions", session_id, "messages", message_id, "resend")
    return post(where, Sent.model_validate, headers=headers)


def chats(
    session_id: Id, cursor: str | None = None, *, search: str | None = None, limit: int | None = None
) -> Call[Page[Chat]]:
    where = path("sessions", session_id, "chats")
    return Call("GET", where, pages_of("chats", Chat.model_validate), query(cursor=cursor, search=search, limit=limit))


def read_chat(session_id: Id, chat_id: Id) -> Call[None]:
    return post(path("sessions", session_id, "chats", chat_id, "read"), nothing)


def events(session_id: Id, after: int = 0, limit: int | None = None) -> Call[Page[Event]]:
    """`next` of the page is the `after` of the following one, also when nothing came."""
    return Call("GET", path("sessions", session_id, "events"), _event_page, query(after=after, limit=limit))


def pages_of(name: str, read: Callable[[Any], T]) -> Callable[[Any], Page[T]]:
    """Reads a list whose items stand under `name`."""

    def page(document: Any) -> Page[T]:  # noqa: ANN401
        return Page(tuple(read(item) for item in document[name]), document.get("nextCursor"))

    return page


def _event_page(document: Any) -> Page[Event]:  # noqa: ANN401
    items = tuple(Event.model_validate(item) for item in document["events"])
    return Page(items, str(document["nextAfter"]))
