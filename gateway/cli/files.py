"""Files that `gateway send` sends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.client import Sent, Session
from gateway.domain.media import MediaKind

WITH_CAPTION = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT)


def send_file(
    session: Session,
    to: str,
    file: Path,
    kind: MediaKind,
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
