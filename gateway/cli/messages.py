"""`gateway send` and `gateway tail`."""

from __future__ import annotations

import itertools
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.choosing import require_session
from gateway.cli.connection import connected_gateway
from gateway.cli.kinds import (
    Contacts,
    Given,
    LinkPreview,
    Location,
    Multiple,
    PlaceAddress,
    PlaceName,
    Poll,
    PollOptions,
)
from gateway.cli.options import KEY_FILE, MOST, URL, AsJson, KeyFile, SessionName, Url
from gateway.cli.outcomes import outcome
from gateway.cli.output import printable, write
from gateway.cli.saving import follow_with_files
from gateway.client import Message
from gateway.domain.media import MediaKind
from gateway.domain.words import in_words

Recipient = Annotated[
    str,
    typer.Argument(help="A phone number with its country code, such as +4915112345678; a group's JID; or a chat's id."),
]
FilePath = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, readable=True, help="A file to send instead.")
]
ReplyTo = Annotated[
    str | None, typer.Option("--reply-to", metavar="ID", help="The id of the message that it replies to.")
]
Automated = Annotated[
    bool, typer.Option("--automated", help="A program sends it, not a person: the assistant stays on.")
]


def send(
    to: Recipient,
    text: Annotated[str, typer.Argument(help="The message; - reads it from standard input.")] = "",
    file: FilePath = None,
    caption: Annotated[str | None, typer.Option(help="What is shown below the file.")] = None,
    kind: Annotated[MediaKind, typer.Option("--as", help="What the file is sent as.")] = MediaKind.DOCUMENT,
    location: Location = None,
    name: PlaceName = None,
    address: PlaceAddress = None,
    contact: Contacts = None,
    poll: Poll = None,
    option: PollOptions = None,
    multiple: Multiple = False,
    link_preview: LinkPreview = True,
    session: SessionName = None,
    reply_to: ReplyTo = None,
    wait: Annotated[bool, typer.Option(help="Wait for WhatsApp's confirmation.")] = True,
    automated: Automated = False,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Send a text, a file, a place, contacts or a question."""
    body = sys.stdin.read().rstrip("\n") if text == "-" else text
    given = Given(body, file, caption, kind, location, name, address, contact, poll, option, multiple, link_preview)
    given.require_one()
    with connected_gateway(url, key_file) as gateway:
        chosen = require_session(gateway, session)
        sent = given.send(chosen, to, reply_to=reply_to, wait=wait, automated=automated)
    write(sent, outcome, as_json=as_json)


def tail(
    session: SessionName = None,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, max=MOST, help="Begin with so many earlier messages.")
    ] = 0,
    count: Annotated[int | None, typer.Option(min=1, max=MOST, help="End after this many new messages.")] = None,
    save_media: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, writable=True, help="Save the files of new messages in this folder."
        ),
    ] = None,
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
        if save_media:
            follow_with_files(chosen, after, count, save_media, partial(_write, as_json=as_json))
            return
        for message in itertools.islice(chosen.follow(after=after), count):
            _write(message, as_json)


def _write(message: Message, as_json: bool) -> None:
    write(message, _line, as_json=as_json)
    # A pipe would be buffered.
    sys.stdout.flush()


def _line(message: Message) -> str:
    sender = message.push_name or message.sender_phone_number or message.sender_lid or "?"
    chat = message.chat_phone_number or message.chat_name or message.chat_lid or message.remote_jid
    direction = f"me → {chat}" if message.from_me else f"{sender} ({chat})"
    words = [message.content or "", *in_words(message.details)]
    body = " · ".join(word for word in words if word) or f"[{message.message_type}]"
    return printable(f"{message.timestamp.astimezone():%H:%M}  {direction}: {body}")
