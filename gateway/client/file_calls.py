"""Files of messages: the requests, and how to read the responses."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from gateway.client.calls import Call, Id, path
from gateway.client.given_files import Part
from gateway.client.models import Message, UploadForm

TEMPORARY_REDIRECT: Final = HTTPStatus.TEMPORARY_REDIRECT


def upload(session_id: Id, part: Part) -> Call[UUID]:
    """Upload a file; made again it is the same upload."""
    return Call("POST", path("sessions", session_id, "media"), _id_of, part=part)


def form(session_id: Id, kind: str, name: str) -> Call[UploadForm]:
    """Make a form of S3, by which a file is uploaded past the API."""
    where, body = path("sessions", session_id, "media", "uploads"), {"kind": kind, "filename": name}
    return Call("POST", where, UploadForm.model_validate, body=body)


def file_of(session_id: Id, file: Message | Id) -> Call[str]:
    """Ask where a file is, given by its message or its own id. Raise ValueError for a message without one."""
    return address(session_id, file.file_id if isinstance(file, Message) else file)


def address(session_id: Id, media_id: Id, *more: str) -> Call[str]:
    """Ask where a file is: a signed address, good for five minutes; `more` is `thumbnail` for its small copy."""
    where = path("sessions", session_id, "media", media_id, *more)
    return Call("GET", where, _text, accepts=frozenset({TEMPORARY_REDIRECT}))


def message(kind: str, to: str, media_id: UUID, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a message with an uploaded file; `fields` that are None or False are left out."""
    given = {name: str(value) if isinstance(value, UUID) else value for name, value in fields.items() if value}
    return {"to": to, "type": kind, "media": {"id": str(media_id)}, **given}


def album(
    to: str, kinds: Sequence[str], media_ids: Sequence[UUID], captions: Sequence[str | None], reply_to: Id | None
) -> dict[str, Any]:
    """Return the body of an album with uploaded files."""
    texts = [*captions, *[None] * (len(kinds) - len(captions))]
    parts = [
        {"type": kind, "media": {"id": str(media_id)}, **({"caption": text} if text else {})}
        for kind, media_id, text in zip(kinds, media_ids, texts, strict=True)
    ]
    return {"to": to, "type": "album", "parts": parts, **({"replyTo": str(reply_to)} if reply_to else {})}


def _text(location: Any) -> str:  # noqa: ANN401 - what a header holds
    if not isinstance(location, str):
        raise TypeError("no address")
    return location


def _id_of(document: Any) -> UUID:  # noqa: ANN401 - JSON
    return UUID(document["id"])
