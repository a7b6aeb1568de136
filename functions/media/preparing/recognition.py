"""The type of a file, found from its content: what its sender says of it is not believed."""

from __future__ import annotations

import mimetypes
from codecs import getincrementaldecoder
from pathlib import Path

import filetype

UNKNOWN = "application/octet-stream"
# Of a text, which has no signature, the name may say which kind it is; nothing that a browser would run.
_TEXTS = frozenset({"text/plain", "text/csv", "text/markdown", "text/calendar", "text/vcard"})
_READ_BYTES = 8192
_MARKUP = {b"<svg": "image/svg+xml", b"<!doctype html": "text/html", b"<html": "text/html"}


def recognise(path: Path, file_name: str | None = None) -> str:
    """Return the MIME type of what is in the file; UNKNOWN where nothing is recognised."""
    beginning = _beginning(path)
    return filetype.guess_mime(beginning) or _markup(beginning) or _text(beginning, file_name) or UNKNOWN


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_READ_BYTES)


def _markup(beginning: bytes) -> str | None:
    lowered = beginning.lower()
    return next((mimetype for mark, mimetype in _MARKUP.items() if mark in lowered), None)


def _text(beginning: bytes, file_name: str | None) -> str | None:
    """Return the type of a text; None for what is none."""
    if b"\0" in beginning:
        return None
    try:
        # The last character may be cut.
        getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return None
    named = mimetypes.guess_type(file_name or "")[0]
    return named if named in _TEXTS else "text/plain"
