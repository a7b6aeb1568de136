"""`gateway link`: the QR code in the terminal, until the phone has scanned it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.text import Text

from gateway.cli import qr
from gateway.cli.connection import connected_gateway, fail, find_session
from gateway.cli.exits import Exit
from gateway.cli.options import KEY_FILE, URL, AsJson, KeyFile, Url
from gateway.cli.output import write_json
from gateway.client import NotConnected, Session, Status
from gateway.domain.sessions import SessionState

POLL_SECONDS = 1.0
# White on black whatever the terminal's colours are: phones do not read an inverted code.
QR_STYLE = "rgb(255,255,255) on rgb(0,0,0)"


def link(
    name: Annotated[str | None, typer.Argument(help="The session's name; made where there is none.")] = None,
    phone: Annotated[
        str | None, typer.Option(help="Link by a code typed on the phone of this number, in place of a QR code.")
    ] = None,
    user: Annotated[
        UUID | None,
        typer.Option(help="The user profile of a new session, with an app key; a new user profile where omitted."),
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for the phone.")] = 300.0,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Link a number: show the QR code and wait until the phone has scanned it."""
    with connected_gateway(url, key_file) as gateway:
        session = find_session(gateway, name)
        if session is None:
            owner = user or gateway.current_key().user_profile_or_new()
            session = gateway.create_session(name or "main", user_profile_id=owner)
        if session.status().status != SessionState.CONNECTED:
            session.connect(phone)
        changes = _status_changes(session, timeout)
        status = _write_changes(changes) if as_json else _draw_changes(session, changes)
    if status.status != SessionState.CONNECTED:
        fail(Exit.NOT_CONNECTED, f"The session is still {status.status} after {timeout:g} s.")


def _status_changes(session: Session, timeout: float) -> Iterator[Status]:
    """Yield each change, until the session is connected or `timeout` seconds are over. Raise NotConnected."""
    deadline = time.monotonic() + timeout
    last: Status | None = None
    while time.monotonic() < deadline:
        status = session.status()
        if status != last:
            last = status
            yield status
        if status.status == SessionState.CONNECTED:
            return
        if status.status in (SessionState.DISCONNECTED, SessionState.LOGGED_OUT):
            raise NotConnected(status)
        time.sleep(POLL_SECONDS)


def _write_changes(changes: Iterator[Status]) -> Status:
    for status in changes:
        write_json(status.model_copy(update={"qr_code": None}))
    return status


def _draw_changes(session: Session, changes: Iterator[Status]) -> Status:
    console = Console()
    if not console.is_terminal:
        for status in changes:
            console.print(StatusView(session, status))
        return status
    with Live(console=console, refresh_per_second=2) as live:
        for status in changes:
            live.update(StatusView(session, status), refresh=True)
    return status


class StatusView:
    """A status as it is drawn; the seconds that its QR code is valid are counted at each rendering."""

    def __init__(self, session: Session, status: Status) -> None:
        self._name = session.info.session_name
        self._status = status

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        status = self._status
        if status.status == SessionState.CONNECTED:
            yield Text(f"✓ {self._name} is connected as {status.phone_number}.", style="green")
        elif status.pairing_code:
            yield Text.assemble("On the phone: Linked devices, Link with phone number, ", (status.pairing_code, "bold"))
        elif status.qr_text:
            yield Group(Text(qr.draw(status.qr_text), style=QR_STYLE, no_wrap=True), self._instructions())
        else:
            yield Text(f"… {self._name}: {status.reason_detail or 'connecting to WhatsApp'}")

    def _instructions(self) -> Text:
        text = "Scan it: WhatsApp, Linked devices, Link a device."
        if self._status.qr_expires_at is None:
            return Text(text)
        left = max(0, round((self._status.qr_expires_at - datetime.now(UTC)).total_seconds()))
        return Text(f"{text} A new code comes in {left} s." if left else f"{text} A new code is coming.")
