"""`gateway resend`, `react`, `edit` and `delete-message`: what is done to a message that is known by its id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.choosing import require_session
from gateway.cli.connection import connected_gateway
from gateway.cli.options import KEY_FILE, URL, KeyFile, SessionName, Url
from gateway.cli.outcomes import outcome
from gateway.client import Sent, Session

MessageId = Annotated[str, typer.Argument(metavar="ID", help="The message's id; `gateway tail --json` shows it.")]


def resend(
    message_id: MessageId,
    force: Annotated[
        bool, typer.Option("--force", help="Also one that may have been sent: it may arrive twice.")
    ] = False,
    session: SessionName = None,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Send a message again that failed."""
    _change(session, url, key_file, lambda chosen: chosen.resend(message_id, force=force))


def react(
    message_id: MessageId,
    emoji: Annotated[str, typer.Argument(help="One emoji; none takes the reaction back.")] = "",
    session: SessionName = None,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Mark a message with an emoji."""
    _change(session, url, key_file, lambda chosen: chosen.react(message_id, emoji or None))


def edit(
    message_id: MessageId,
    text: Annotated[str, typer.Argument(help="The new text, or the new caption of a file.")],
    session: SessionName = None,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Change the text of an own message, for everyone."""
    _change(session, url, key_file, lambda chosen: chosen.edit(message_id, text))


def delete_message(
    message_id: MessageId, session: SessionName = None, url: Url = URL, key_file: KeyFile = KEY_FILE
) -> None:
    """Delete a message, for everyone."""
    _change(session, url, key_file, lambda chosen: chosen.delete_message(message_id))


def _change(name: str | None, url: str, key_file: Path, change: Callable[[Session], Sent]) -> None:
    with connected_gateway(url, key_file) as gateway:
        typer.echo(outcome(change(require_session(gateway, name))))
