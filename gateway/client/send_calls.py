"""The endpoints that send: messages of each kind, and what is done to one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gateway.client.calls import Call, Id, path, post
from gateway.client.models import Sent


def send(
    session_id: Id, body: Mapping[str, Any], *, wait: bool = True, automated: bool = False, key: str | None = None
) -> Call[Sent]:
    """Send a message; the API waits for WhatsApp unless `wait` is False. `automated`: by a program, not a person."""
    given = {**body, **({"automated": True} if automated else {})}
    return post(path("sessions", session_id, "messages"), Sent.model_validate, given, key=key, headers=_waiting(wait))


def text(
    to: str, text: str, reply_to: Id | None = None, mentions: Collection[str] = (), *, link_preview: bool = True
) -> dict[str, Any]:
    """Return the body of a text."""
    more = {**({"mentions": list(mentions)} if mentions else {}), **({} if link_preview else {"linkPreview": False})}
    return {"to": to, "text": text, **_reply(reply_to), **more}


def location(
    to: str, latitude: float, longitude: float, name: str | None, address: str | None, reply_to: Id | None
) -> dict[str, Any]:
    """Return the body of a place."""
    named = {"name": name, "address": address}
    place = {"latitude": latitude, "longitude": longitude, **{key: value for key, value in named.items() if value}}
    return {"to": to, "type": "location", **place, **_reply(reply_to)}


def contacts(to: str, people: Collection[Mapping[str, Any]], reply_to: Id | None) -> dict[str, Any]:
    """Return the body of contacts."""
    return {"to": to, "type": "contacts", "contacts": [dict(person) for person in people], **_reply(reply_to)}


def poll(to: str, question: str, options: Collection[str], multiple: bool, reply_to: Id | None) -> dict[str, Any]:
    """Return the body of a poll."""
    asked = {"question": question, "options": list(options), **({"multiple": True} if multiple else {})}
    return {"to": to, "type": "poll", **asked, **_reply(reply_to)}


def resend(session_id: Id, message_id: Id, *, wait: bool, force: bool = False) -> Call[Sent]:
    """Send a failed message again, with `force` one that may have been sent."""
    body = {"force": True} if force else None
    return post(_message(session_id, message_id, "resend"), Sent.model_validate, body, headers=_waiting(wait))


def edit(session_id: Id, message_id: Id, text: str, *, wait: bool) -> Call[Sent]:
    """Change the text or caption of a message."""
    return _change("PATCH", _message(session_id, message_id), {"text": text}, wait)


def delete(session_id: Id, message_id: Id, *, wait: bool) -> Call[Sent]:
    """Delete a message for everyone."""
    return _change("DELETE", _message(session_id, message_id), None, wait)


def react(session_id: Id, message_id: Id, emoji: str | None, *, wait: bool) -> Call[Sent]:
    """React to a message."""
    where = _message(session_id, message_id, "reactions")
    return post(where, Sent.model_validate, {"emoji": emoji}, headers=_waiting(wait))


def pin(session_id: Id, message_id: Id, seconds: int, *, wait: bool) -> Call[Sent]:
    """Pin a message for all; with 0 seconds end that."""
    where = _message(session_id, message_id, "pin")
    if not seconds:
        return _change("DELETE", where, None, wait)
    return post(where, Sent.model_validate, {"seconds": seconds}, headers=_waiting(wait))


def disappear(session_id: Id, chat_id: Id, seconds: int, *, wait: bool) -> Call[Sent]:
    """Say after how long messages of a chat disappear."""
    return _change("PUT", path("sessions", session_id, "chats", chat_id, "disappearing"), {"seconds": seconds}, wait)


def _change(method: str, where: str, body: dict[str, Any] | None, wait: bool) -> Call[Sent]:
    """Return a request with a key of its own, so that it can be repeated as a POST is."""
    made = post(where, Sent.model_validate, body, headers=_waiting(wait))
    return Call(method, made.path, made.read, body=made.body, headers=made.headers)


def _message(session_id: Id, message_id: Id, *more: str) -> str:
    return path("sessions", session_id, "messages", message_id, *more)


def _waiting(wait: bool) -> dict[str, str]:
    return {} if wait else {"Prefer": "respond-async"}


def _reply(reply_to: Id | None) -> dict[str, str]:
    return {"replyTo": str(reply_to)} if reply_to else {}
