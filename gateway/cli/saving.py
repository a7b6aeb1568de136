"""`gateway tail --save-media`: messages as they come, and their files when those are there."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import typer

from gateway.cli.output import printable
from gateway.client import ClientError, Message, MessageMediaEvent, MessageReceivedEvent, Session
from gateway.domain.events import EventType
from gateway.domain.media import MediaState
from gateway.domain.served_files import safe_name

_TYPES = (EventType.MESSAGE_RECEIVED, EventType.MESSAGE_MEDIA)


def follow_with_files(
    session: Session, after: str, count: int | None, folder: Path, write: Callable[[Message], None]
) -> None:
    """Write messages as they come, and save their files; end after `count` of them, and when their files are settled.

    A message does not wait for its file, and a file that cannot be saved is a line.
    """
    awaited: set[UUID] = set()
    left = count
    for event in session.events(after=after, types=_TYPES):
        if not isinstance(event, MessageMediaEvent | MessageReceivedEvent) or event.data.message is None:
            continue
        message = event.data.message
        if isinstance(event, MessageReceivedEvent) and left != 0:
            write(message)
            left = None if left is None else left - 1
            awaited |= {message.id} if (message.media or {}).get("id") else set()
        if message.id in awaited and _settle(session, message, folder):
            awaited.remove(message.id)
        if left == 0 and not awaited:
            return


def _settle(session: Session, message: Message, folder: Path) -> bool:
    """Save the file of a message where it is there; False while it is still to come."""
    state = (message.media or {}).get("status")
    if state == MediaState.PENDING:
        return False
    if state != MediaState.AVAILABLE:
        typer.echo(f"The file of {message.id} cannot be read: {(message.media or {}).get('reason')}", err=True)
        return True
    try:
        typer.echo(printable(f"saved {session.save(message, folder / _name(message))}"), err=True)
    except (ClientError, OSError) as error:
        typer.echo(printable(f"The file of {message.id} was not saved: {error}"), err=True)
    return True


def _name(message: Message) -> str:
    """Return a name that no other message's file has; what its sender called it is a part of that."""
    media = message.media or {}
    own = safe_name(media["fileName"]) if media.get("fileName") else ""
    ending = "" if own else mimetypes.guess_extension((media.get("mimetype") or "").partition(";")[0]) or ""
    return f"{message.id}-{own}" if own else f"{message.id}{ending}"
