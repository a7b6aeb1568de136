"""`gateway sessions`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.choosing import short_id
from gateway.cli.connection import connected_gateway
from gateway.cli.options import KEY_FILE, URL, AsJson, KeyFile, Url
from gateway.cli.output import printable, when, write_json
from gateway.client import Session
from gateway.domain.sessions import SessionState

_COLOURS: dict[str, str] = {
    SessionState.CONNECTED: "green",
    SessionState.CONNECTING: "yellow",
    SessionState.QR_PENDING: "yellow",
    SessionState.LOGGED_OUT: "red",
}


def list_sessions(
    status: Annotated[SessionState | None, typer.Option(help="Only in this state.")] = None,
    external_id: Annotated[str | None, typer.Option(help="Only with this id of yours.")] = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """List sessions with their state, and why they are in it."""
    with connected_gateway(url, key_file) as gateway:
        found = list(gateway.sessions(status=status, external_id=external_id))
    if as_json:
        for session in found:
            write_json(session.info)
    elif found:
        Console().print(_table(found))
    elif status or external_id:
        typer.echo("There is no such session.", err=True)
    else:
        typer.echo("There is no session; `gateway link` makes one and links a number to it.", err=True)


def _table(sessions: list[Session]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("ID", no_wrap=True)
    table.add_column("NAME", overflow="fold")
    for heading in ("STATE", "NUMBER", "LAST CONNECTED"):
        table.add_column(heading, no_wrap=True)
    table.add_column("REASON")
    for session in sessions:
        info = session.info
        table.add_row(
            short_id(session),
            Text(printable(info.session_name)),
            Text(info.status, style=_COLOURS.get(info.status, "default")),
            info.phone_number or "-",
            when(info.last_connected_at),
            Text(info.reason_detail or ""),
        )
    return table
