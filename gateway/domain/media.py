"""The files of messages: their kinds and states, what is fetched of those that come, when it is tried again. Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.backoff import jittered


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"


class MediaOrigin(StrEnum):
    """Where a file comes from: out of a message, from a caller of the API, made of such an upload to be sent, or what
    a person shows as its picture."""

    RECEIVED = "received"
    UPLOAD = "upload"
    PREPARED = "prepared"
    PICTURE = "picture"


class MediaState(StrEnum):
    """`unavailable` is for ever; `erased` was available once, or its message is gone; `on_demand` is fetched when asked
    for."""

    PENDING = "pending"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    ERASED = "erased"
    ON_DEMAND = "on_demand"


class MediaReason(StrEnum):
    """Why a file is unavailable or erased."""

    MALFORMED = "malformed"
    NOT_WANTED = "not_wanted"
    TOO_LARGE = "too_large"
    EXPIRED = "expired"
    DAMAGED = "damaged"
    UNREACHABLE = "unreachable"
    DELETED = "deleted"
    RETENTION = "retention"
    EMPTY = "empty"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNSUPPORTED_TYPE = "unsupported_type"
    BROKEN_FILE = "broken_file"
    NEEDS_TRANSCODING = "needs_transcoding"
    ADDRESS_NOT_PUBLIC = "address_not_public"
    ADDRESS_NOT_VALID = "address_not_valid"
    NOT_FOUND = "not_found"
    NOT_UPLOADED = "not_uploaded"


REASON_SENTENCES: dict[MediaReason, str] = {
    MediaReason.MALFORMED: "The message does not say where the file is, or by what key it is read.",
    MediaReason.NOT_WANTED: "The session's media policy does not want files of this kind.",
    MediaReason.TOO_LARGE: "The file is larger than the session or the gateway allows.",
    MediaReason.EXPIRED: "WhatsApp does not have the file any more.",
    MediaReason.DAMAGED: "What WhatsApp has is not the file that was sent.",
    MediaReason.UNREACHABLE: "The file could not be fetched for a day.",
    MediaReason.DELETED: "The file was deleted with its message.",
    MediaReason.EMPTY: "The file is empty.",
    MediaReason.TOO_MANY_PIXELS: "The picture has too many pixels.",
    MediaReason.UNSUPPORTED_TYPE: "WhatsApp takes no such file as this type of message; send it as a document.",
    MediaReason.BROKEN_FILE: "The file cannot be read: it is incomplete or broken.",
    MediaReason.NEEDS_TRANSCODING: (
        "The file must be converted, and this gateway has no converter: send OGG with one channel of Opus as a voice"
        " note, MP3, M4A or OGG as audio, MP4 with H.264 as video."
    ),
    MediaReason.ADDRESS_NOT_PUBLIC: "The address of the file is not public.",
    MediaReason.ADDRESS_NOT_VALID: "The address of the file is none that can be fetched: use http:// or https://.",
    MediaReason.NOT_FOUND: "There is no file at the address.",
    MediaReason.NOT_UPLOADED: "Nothing was uploaded.",
    MediaReason.RETENTION: "Files are kept for a time only, which is over.",
}

# Under this name the media of a film or document hold the small JPEG that phones send inside the message; of pictures
# it is made. It is kept with what the file is fetched by, until it was.
PREVIEW = "preview"
PREVIEWED = (MediaKind.VIDEO, MediaKind.DOCUMENT)
_LARGEST_PREVIEW = 100_000
# A file that comes damaged is fetched so often; whatever else fails is tried again for so long.
DAMAGED_ATTEMPTS = 3
LONGEST = timedelta(days=1)
# Seconds before the next attempt, by how many there were; the last one repeats.
_PAUSES = (2, 10, 60, 300, 900, 1800, 3600)
_KEY_BYTES = 32
_LARGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class MediaPolicy:
    """Which received files a session wants; None: of any size, of every kind."""

    max_bytes: int | None = None
    kinds: tuple[MediaKind, ...] | None = None

    @classmethod
    def of(cls, stored: dict[str, Any] | None) -> MediaPolicy:
        """Return the policy in a row of whatsapp_sessions."""
        kinds = (stored or {}).get("kinds")
        return cls((stored or {}).get("maxBytes"), None if kinds is None else tuple(MediaKind(kind) for kind in kinds))

    def refusal(self, kind: str | None, size: int | None) -> MediaReason | None:
        """Return why a file is not wanted, None where it is; `size` in bytes is what its sender says."""
        if self.kinds is not None and kind not in self.kinds:
            return MediaReason.NOT_WANTED
        return MediaReason.TOO_LARGE if self.max_bytes is not None and (size or 0) > self.max_bytes else None


def pause_after(attempts: int) -> float:
    """Return the seconds before the next attempt, when so many have failed."""
    return jittered(float(_PAUSES[min(attempts, len(_PAUSES)) - 1]))


def media_path(session_id: UUID, media_id: UUID) -> str:
    """Return where the API has a file."""
    return f"/sessions/{session_id}/media/{media_id}"


def storage_key(session_id: UUID, sha256: bytes) -> str:
    """Return where storage has the bytes with this hash: those of a session are stored once."""
    return f"sessions/{session_id}/{sha256.hex()}"


def thumbnail_key(storage_key: str) -> str:
    """Return where storage has the small copy of the file under a key, if there is one."""
    return f"{storage_key}.thumbnail"


def without_previews(media: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what is kept with a message of its media, and of a clip inside."""
    if media is None:
        return None
    kept = {name: value for name, value in media.items() if name != PREVIEW}
    return {name: without_previews(value) if isinstance(value, dict) else value for name, value in kept.items()}


def received_object(id: UUID, media: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a file, as JSON, of what a received message says of it; it is fetched where it can be."""
    source = {name: media[name] for name in _SOURCE if name in media}
    if len(source.get(PREVIEW, "")) > _LARGEST_PREVIEW:
        del source[PREVIEW]
    is_whole = ("url" in source or "directPath" in source) and all(
        _is_key(source.get(name)) for name in ("mediaKey", "fileSha256", "fileEncSha256")
    )
    return {
        "id": str(id),
        "kind": media.get("kind"),
        "state": MediaState.PENDING if is_whole else MediaState.UNAVAILABLE,
        "reason": None if is_whole else MediaReason.MALFORMED,
        "mimetype": media.get("mimetype"),
        "file_name": media.get("fileName"),
        "sha256": source["fileSha256"] if is_whole else None,
        "source": source if is_whole else None,
        **{name: _number(media.get(key)) for name, key in _NUMBERS.items()},
    }


_SOURCE = ("url", "directPath", "mediaKey", "fileSha256", "fileEncSha256", PREVIEW)
_NUMBERS = {"size": "fileLength", "width": "width", "height": "height", "seconds": "seconds", "page_count": "pageCount"}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value <= _LARGEST_NUMBER else None


def _is_key(text: object) -> bool:
    """Return whether it is the base64 of a key, or of a SHA-256."""
    try:
        return isinstance(text, str) and len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False
