"""Why a file cannot be sent as what it was meant to be."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNSUPPORTED_TYPE = "unsupported_type"
    BROKEN_FILE = "broken_file"
    NEEDS_TRANSCODING = "needs_transcoding"
    ADDRESS_NOT_PUBLIC = "address_not_public"
    ADDRESS_NOT_VALID = "address_not_valid"
    NOT_FOUND = "not_found"
    NOT_UPLOADED = "not_uploaded"


SENTENCES: dict[Reason, str] = {
    Reason.EMPTY: "The file is empty.",
    Reason.TOO_LARGE: "The file is too large.",
    Reason.TOO_MANY_PIXELS: "The picture has too many pixels.",
    Reason.UNSUPPORTED_TYPE: "WhatsApp takes no such file as this type of message; send it as a document.",
    Reason.BROKEN_FILE: "The file cannot be read: it is incomplete or broken.",
    Reason.NEEDS_TRANSCODING: (
        "The file must be converted, and this gateway has no converter:"
        " send OGG with one channel of Opus as a voice note, MP3, M4A or OGG as audio, MP4 with H.264 as video."
    ),
    Reason.ADDRESS_NOT_PUBLIC: "The address of the file is not public.",
    Reason.ADDRESS_NOT_VALID: "The address of the file is none that can be fetched: use http:// or https://.",
    Reason.NOT_FOUND: "There is no file at the address.",
    Reason.NOT_UPLOADED: "Nothing was uploaded.",
}


class MediaRejected(Exception):
    """The file will be refused however often it is tried; the text says why to people."""

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        super().__init__(detail or SENTENCES[reason])
        self.reason = reason
