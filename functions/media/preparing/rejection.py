"""A file that cannot be sent as what it was meant to be."""

from __future__ import annotations

from gateway.domain.media import REASON_SENTENCES, MediaReason


class MediaRejected(Exception):
    """The file will be refused however often it is tried; the text says why to people."""

    def __init__(self, reason: MediaReason, detail: str | None = None) -> None:
        super().__init__(detail or REASON_SENTENCES[reason])
        self.reason = reason
