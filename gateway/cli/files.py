"""Files that `gateway send` sends."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from gateway.client import Sent, Session


class FileKind(StrEnum):
    """What a file can be sent as."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"


WITH_CAPTION = (FileKind.IMAGE, FileKind.VIDEO, FileKind.DOCUMENT)


def send_file(
    session: Session,
    to: str,
    file: Path,
    kind: FileKind,
    caption: str | None,
    *,
    reply_to: str | None,
    wait: bool,
    automated: bool,
) -> Sent:
    """Upload a file and send it."""
    send: Callable[..., Sent] = getattr(session, f"send_{kind}")
    given = {"caption": caption} if caption else {}
    return send(to, file, **given, reply_to=reply_to, wait=wait, automated=automated)
