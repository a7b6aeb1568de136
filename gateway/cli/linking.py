"""`gateway link`: the QR code in the terminal, until the phone has scanned it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.text import Text

from gateway.cli import qr
from gateway.cli.connection import connected_gateway, fail, find_session
from gateway.cli.exits import Exit
from gateway.cli.options import KEY_FILE, URL, AsJson, KeyFile, Url
from gateway.cli.output import write_json
from gateway.client import Gateway, NotConnected, Session, Status
from gateway.domain.sessions import SessionState

POLL_SECONDS = 1.0
# White on black whatever the terminal's colours are: a phone reads no inverted code.
QR_STYLE = "rgb(255,255,255) on rgb(0,0,0)"


def link(
    name: Annotated[str | None, typer.Argument(help="The session's name; made where there is none.")] = None,
    phone: Annotated[
        str | None, typer.Option(help="Link by a code typed on the phone of this number, in place of a QR code.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for the phone.")] = 300.0,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Link a number: show the QR code and wait until the phone has scanned it."""
    with connected_gateway(url, key_file) as gateway:
        session = _session(gateway, name)
        if session.status().status != SessionState.CONNECTED:
            session.connect(phone)
        changes = _until_connected(session, timeout)
        status = _tell_scripts(changes) if as_json else _show(session, changes)
    if status.status != SessionState.CONNECTED:
        fail(Exit.NOT_CONNECTED, f"The session is still {status.status} after {timeout:g} s.")


def _session(gateway: Gateway, name: str | None) -> Session:
    return find_session(gateway, name) or gateway.create_session(name or "main")


def _until_connected(session: Session, timeout: float) -> Iterator[Status]:
    """Each change; ends when connected or when the time is over. Raises NotConnected."""
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


def _tell_scripts(changes: Iterator[Status]) -> Status:
    for status in changes:
        write_json(status.model_copy(update={"qr_code": None}))
    return status


def _show(session: Session, changes: Iterator[Status]) -> Status:
    console = Console()
    if not console.is_terminal:
        for status in changes:
            console.print(View(session, status))
        return status
    with Live(console=console, refresh_per_second=2) as live:
        for status in changes:
            live.update(View(session, status), refresh=True)
    return status


class View:
    """A status for people; its remaining time runs with each rendering."""

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
            yield Group(Text(qr.draw(status.qr_text), style=QR_STYLE, no_wrap=True), self._invitation())
        else:
            yield Text(f"… {self._name}: {status.reason_detail or 'connecting to WhatsApp'}")

    def _invitation(self) -> Text:
        text = "Scan it: WhatsApp, Linked devices, Link a device."
        if self._status.qr_expires_at is None:
            return Text(text)
        left = max(0, round((self._status.qr_expires_at - datetime.now(UTC)).total_seconds()))
        return Text(f"{text} A new code comes in {left} s." if left else f"{text} A new code is coming.")
