"""`gateway sessions`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.connection import connected_gateway
from gateway.cli.options import KEY_FILE, URL, AsJson, KeyFile, Url
from gateway.cli.output import printable, when, write_json
from gateway.client import SessionInfo
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
        infos = [session.info for session in gateway.sessions(status=status, external_id=external_id)]
    if as_json:
        for info in infos:
            write_json(info)
    elif infos:
        console = Console()
        console.print(_table(infos, wide=console.width > 100))
    elif status or external_id:
        typer.echo("There is no such session.")
    else:
        typer.echo("There is no session; `gateway link` makes one and links a number to it.")


def _table(infos: list[SessionInfo], *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("NAME", "STATE", "NUMBER", "LAST CONNECTED", *(("ID",) if wide else ()), "REASON"):
        table.add_column(heading)
    for info in infos:
        table.add_row(
            Text(printable(info.session_name)),
            Text(info.status, style=_COLOURS.get(info.status, "default")),
            info.phone_number or "-",
            when(info.last_connected_at),
            *((str(info.id),) if wide else ()),
            Text(info.reason_detail or ""),
        )
    return table
