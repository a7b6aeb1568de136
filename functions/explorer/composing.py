"""The body of the API's request that sends what a form of the composer holds, of each kind."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData

from functions.explorer.acts import FORMS, WRITING, Act
from functions.explorer.auth import id_of, text_of
from gateway.client import InvalidInput, file_calls, send_calls
from gateway.domain.media import MediaKind

_FILES = frozenset(MediaKind)
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?")


def body_of(form: FormData) -> dict[str, Any]:
    """Return the body. Raise InvalidInput for what is no number, HTTPException 404 for what is no id."""
    kind, to = text_of(form, "kind"), text_of(form, "to")
    reply_to = id_of(form, "reply_to") if text_of(form, "reply_to") else None
    match kind:
        case "location":
            place = _degrees(form, "latitude"), _degrees(form, "longitude")
            return send_calls.location(to, *place, text_of(form, "name") or None, None, reply_to)
        case "contacts":
            person = {"name": text_of(form, "name").strip(), "phones": lines(form, "phones")}
            return send_calls.contacts(to, [person], reply_to)
        case "poll":
            multiple = bool(text_of(form, "multiple"))
            return send_calls.poll(to, text_of(form, "question").strip(), lines(form, "options"), multiple, reply_to)
    if kind in _FILES:
        return file_calls.message(kind, to, id_of(form, "media"), _file_fields(form, kind, reply_to))
    return send_calls.text(to, plain(form, "text"), reply_to)


def act_of(form: FormData) -> Act:
    """Return what the form was shown for, so that it is shown again where it is refused."""
    kind = text_of(form, "kind")
    if kind in FORMS:
        return Act(kind)
    return Act("reply", id_of(form, "reply_to")) if text_of(form, "reply_to") else WRITING


def plain(form: FormData, name: str) -> str:
    """Return the text of a field with the line breaks of messages."""
    return text_of(form, name).replace("\r\n", "\n")


def _file_fields(form: FormData, kind: str, reply_to: UUID | None) -> dict[str, Any]:
    caption = plain(form, "caption") if kind in ("image", "video", "document") else ""
    return {"replyTo": reply_to, "caption": caption}


def lines(form: FormData, name: str) -> list[str]:
    """Return the lines of a field that hold anything."""
    return [line.strip() for line in plain(form, name).split("\n") if line.strip()]


def _degrees(form: FormData, name: str) -> float:
    text = text_of(form, name).strip().replace(",", ".")
    if not _DEGREES.fullmatch(text):
        detail = f"The {name} must be a number of degrees, such as 52.52."
        raise InvalidInput(422, {"code": "invalid_input", "detail": detail})
    return float(text)
