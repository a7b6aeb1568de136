"""A file that WhatsApp has, as it is sent inside a message: to any number of chats, without another upload. Pure."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# How long a file at WhatsApp is sent again without another upload. WhatsApp keeps files for about two weeks.
KEPT_AT_WHATSAPP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WhatsAppFile:
    """Where WhatsApp has a file, the key it is encrypted with, and the hashes of both forms."""

    url: str
    direct_path: str
    media_key: bytes
    sha256: bytes
    encrypted_sha256: bytes
    size: int

    def to_document(self) -> dict[str, Any]:
        """Return it as JSON, with the names that a received message has for the same."""
        return {
            "url": self.url,
            "directPath": self.direct_path,
            "mediaKey": _text(self.media_key),
            "fileSha256": _text(self.sha256),
            "fileEncSha256": _text(self.encrypted_sha256),
            "fileLength": self.size,
        }

    @classmethod
    def of(cls, document: dict[str, Any]) -> WhatsAppFile:
        """Raise KeyError and ValueError for a document without all of it."""
        return cls(
            document.get("url", ""),
            document["directPath"],
            base64.b64decode(document["mediaKey"], validate=True),
            base64.b64decode(document["fileSha256"], validate=True),
            base64.b64decode(document["fileEncSha256"], validate=True),
            int(document["fileLength"]),
        )


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file at WhatsApp with what a message says of it; `uploaded_at` is when its key was made."""

    at_whatsapp: WhatsAppFile
    uploaded_at: datetime
    mimetype: str
    width: int | None = None
    height: int | None = None
    seconds: int | None = None
    page_count: int | None = None
    waveform: bytes | None = None
    thumbnail: bytes | None = None
    file_name: str | None = None


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
