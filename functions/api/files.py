"""The file of a message that is to be sent: found, or taken in, and as what it will be made ready."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from functions.api.schemas.files import GivenFile, SendDocument, SendFile, SendVideo
from functions.api.services import Services
from functions.api.uploads import take_in
from gateway.callers import Caller
from gateway.domain.errors import InvalidInput, NotFound
from gateway.domain.media import REASON_SENTENCES, MediaOrigin, MediaReason, MediaState
from gateway.domain.messages import validate_text
from gateway.domain.outbound import File
from gateway.domain.served_files import safe_name
from gateway.media_settings import MEGABYTE
from gateway.store import media, media_sends, uploads
from gateway.store.database import Connection
from gateway.store.media import MediaObject

_SCHEMES = ("http", "https")
_UNAVAILABLE = (MediaState.UNAVAILABLE, MediaState.ERASED)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """What a message sends; `pending` names a file that functions/media has to look at first."""

    content: File
    pending: UUID | None

    @property
    def waits_for(self) -> tuple[UUID, ...]:
        return (self.pending,) if self.pending else ()


def validate(body: SendFile) -> None:
    """Raise InvalidInput for what can be found wrong without the database."""
    given = body.media.model_dump(exclude_none=True)
    if len(given) != 1:
        raise InvalidInput("media", "Name the file by one of id, url and base64.")
    if body.media.url is not None:
        _require_address(body.media.url)
    caption = getattr(body, "caption", None)
    if caption is not None:
        validate_text(caption, "caption")
    if isinstance(body, SendVideo) and body.round and (body.gif or body.caption):
        raise InvalidInput("round", "A round film has no caption and is no GIF.")


def take_in_bytes(services: Services, caller: Caller, session_id: UUID, body: SendFile) -> UUID | None:
    """Store the bytes that are in the body; None where there are none. Raises what take_in() raises."""
    if body.media.base64 is None:
        return None
    try:
        data = base64.b64decode(body.media.base64, validate=True)
    except ValueError as error:  # binascii.Error is one, too
        raise InvalidInput("media.base64", "This is not base64.") from error
    return take_in(services, caller, session_id, io.BytesIO(data), _name_of(body), "media.base64").id


def find(
    connection: Connection, services: Services, session_id: UUID, body: SendFile, taken_in: UUID | None
) -> FoundFile:
    """Return the file that a body names, as what it will be sent. Raises NotFound, InvalidInput for `media`."""
    upload = _upload(connection, session_id, body.media, taken_in, _name_of(body))
    _require_sendable(services, upload, body.type)
    prepared = media_sends.derive(connection, upload, body.type)
    if prepared.state == MediaState.UNAVAILABLE:
        raise InvalidInput("media", _sentence(prepared))
    content = File(
        body.type,
        prepared.id,
        getattr(body, "caption", None),
        _name_of(body),
        gif=isinstance(body, SendVideo) and body.gif,
        round=isinstance(body, SendVideo) and body.round,
    )
    return FoundFile(content, prepared.id if prepared.state == MediaState.PENDING else None)


def _upload(
    connection: Connection, session_id: UUID, given: GivenFile, taken_in: UUID | None, name: str | None
) -> MediaObject:
    if given.url is not None:
        media_id = uploads.give_address(connection, session_id, name, given.url)
        return media.get(connection, session_id, media_id)
    try:
        upload = media.get(connection, session_id, taken_in or given.id or session_id)
    except NotFound as error:
        raise NotFound("file", field="media.id") from error
    if upload.origin == MediaOrigin.PREPARED:
        raise NotFound("file", field="media.id")
    return upload


def _require_sendable(services: Services, upload: MediaObject, kind: str) -> None:
    if upload.state in _UNAVAILABLE:
        raise InvalidInput("media", _sentence(upload))
    if upload.origin == MediaOrigin.RECEIVED and upload.state != MediaState.AVAILABLE:
        raise InvalidInput("media", "The file has not come from WhatsApp yet.")
    largest = services.settings.largest_bytes(kind)
    # Pictures become smaller when they are made ready.
    if kind not in ("image", "sticker") and upload.size is not None and upload.size > largest:
        raise InvalidInput("media", f"The file is too large: at most {largest // MEGABYTE} MB are allowed.")


def _sentence(file: MediaObject) -> str:
    return REASON_SENTENCES[MediaReason(file.reason or MediaReason.DELETED)]


def _require_address(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidInput("media.url", "This is not a URL.") from error
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise InvalidInput("media.url", "Write an address with http:// or https://.")


def _name_of(body: SendFile) -> str | None:
    return safe_name(body.filename) if isinstance(body, SendDocument) and body.filename else None
