"""`gateway send` and `gateway tail`."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Annotated, TypedDict

import typer

from gateway.cli.choosing import require_session
from gateway.cli.connection import connected_gateway
from gateway.cli.files import FileKind, require_one, send_file
from gateway.cli.options import KEY_FILE, MOST, URL, AsJson, KeyFile, SessionName, Url
from gateway.cli.output import printable, write_json
from gateway.client import Message, Sent
from gateway.domain.messages import MessageStatus
from gateway.domain.words import in_words

_OUTCOMES: dict[str, str] = {
    MessageStatus.SENT: "sent",
    MessageStatus.QUEUED: "queued: it will be sent when the session is connected",
    MessageStatus.UNKNOWN: "unknown: it may have been sent, a receipt will tell",
}


class _How(TypedDict):
    """What texts and files have in common."""

    reply_to: str | None
    wait: bool
    automated: bool


def send(
    to: Annotated[
        str,
        typer.Argument(
            help="A phone number with its country code, such as +4915112345678; a group's JID; or a chat's id."
        ),
    ],
    text: Annotated[str, typer.Argument(help="The message; - reads it from standard input.")] = "",
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, readable=True, help="A file to send instead.")
    ] = None,
    caption: Annotated[str | None, typer.Option(help="What is shown below the file.")] = None,
    kind: Annotated[FileKind, typer.Option("--as", help="What the file is sent as.")] = FileKind.DOCUMENT,
    session: SessionName = None,
    reply_to: Annotated[
        str | None, typer.Option("--reply-to", metavar="ID", help="The id of the message that it replies to.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait for WhatsApp's confirmation.")] = True,
    automated: Annotated[
        bool, typer.Option("--automated", help="A program sends it, not a person: the assistant stays on.")
    ] = False,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Send a text or a file."""
    require_one(text, file, caption, kind)
    body = sys.stdin.read().rstrip("\n") if text == "-" else text
    with connected_gateway(url, key_file) as gateway:
        chosen, how = require_session(gateway, session), _How(reply_to=reply_to, wait=wait, automated=automated)
        sent = send_file(chosen, to, file, kind, caption, **how) if file else chosen.send(to, body, **how)
    if as_json:
        write_json(sent)
    else:
        typer.echo(_outcome(sent))


def tail(
    session: SessionName = None,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, max=MOST, help="Begin with so many earlier messages.")
    ] = 0,
    count: Annotated[int | None, typer.Option(min=1, max=MOST, help="End after this many new messages.")] = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Show messages as they come, until Ctrl-C."""
    with connected_gateway(url, key_file) as gateway:
        chosen = require_session(gateway, session)
        # Read first, so that what comes while the earlier messages are read is not missed.
        after = chosen.last_event()
        for message in reversed(list(itertools.islice(chosen.messages(), lines))):
            _write(message, as_json)
        for message in itertools.islice(chosen.follow(after=after), count):
            _write(message, as_json)


def _write(message: Message, as_json: bool) -> None:
    if as_json:
        write_json(message)
    else:
        typer.echo(_line(message))
    # A pipe would be buffered.
    sys.stdout.flush()


def _line(message: Message) -> str:
    sender = message.push_name or message.sender_phone_number or message.sender_lid or "?"
    chat = message.chat_phone_number or message.chat_name or message.chat_lid or message.remote_jid
    direction = f"me → {chat}" if message.from_me else f"{sender} ({chat})"
    words = [message.content or "", *in_words(message.details)]
    body = " · ".join(word for word in words if word) or f"[{message.message_type}]"
    return printable(f"{message.timestamp.astimezone():%H:%M}  {direction}: {body}")


def _outcome(sent: Sent) -> str:
    return _OUTCOMES.get(sent.status, sent.status) + (f"  {sent.message_id or sent.id}")
