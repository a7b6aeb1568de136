"""`gateway chats`."""

from __future__ import annotations

import itertools
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.choosing import require_session
from gateway.cli.connection import connected_gateway
from gateway.cli.options import KEY_FILE, MOST, URL, AsJson, KeyFile, SessionName, Url
from gateway.cli.output import printable, when, write_json
from gateway.client import Chat


def chats(
    session: SessionName = None,
    search: Annotated[str | None, typer.Option(help="Only with this part of a name or number.")] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Only with unread messages.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=MOST, help="This many at most.")] = 20,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """List chats, last active first."""
    with connected_gateway(url, key_file) as gateway:
        found = require_session(gateway, session).chats(search=search, unread=True if unread else None)
        shown = list(itertools.islice(found, lines))
        more = next(found, None) is not None
    if as_json:
        for chat in shown:
            write_json(chat)
        return
    if not shown:
        typer.echo("There is no such chat." if search or unread else "There is no chat yet.", err=True)
        return
    Console().print(_table(shown))
    if more:
        typer.echo(f"There are more: -n {2 * lines} shows them.")


def _table(chats: list[Chat]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("NAME", overflow="ellipsis", no_wrap=True)
    table.add_column("NUMBER", no_wrap=True)
    table.add_column("UNREAD", justify="right", no_wrap=True)
    table.add_column("LAST ACTIVE", no_wrap=True)
    table.add_column("LAST MESSAGE", overflow="ellipsis", no_wrap=True)
    for chat in chats:
        table.add_row(
            Text(printable(chat.name or chat.jid)),
            chat.phone_number or "-",
            str(chat.unread_count or "-"),
            when(chat.last_message_at),
            Text(_last(chat)),
        )
    return table


def _last(chat: Chat) -> str:
    message = chat.last_message
    if message is None:
        return ""
    words = " ".join((message.content or f"[{message.message_type}]").split())
    return printable(f"me: {words}" if message.from_me else words)
