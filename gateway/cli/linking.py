"""`gateway link`: the QR code in the terminal, until the phone has scanned it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from gateway.cli import local, qr
from gateway.cli.choosing import find_session
from gateway.cli.connection import connected_gateway, fail
from gateway.cli.exits import Exit
from gateway.cli.options import KEY_FILE, URL, AsJson, KeyFile, Url
from gateway.cli.output import write_json
from gateway.client import NotConnected, Session, Status
from gateway.domain.history import LONGEST_DAYS, HistoryScope
from gateway.domain.sessions import SessionState

POLL_SECONDS = 1.0
# What to do with the code, and how else to link.
_LINES_BELOW = 2
# White on black whatever the terminal's colours are: phones do not read an inverted code.
QR_STYLE = "rgb(255,255,255) on rgb(0,0,0)"


def link(
    name: Annotated[str | None, typer.Argument(help="The session's name; made where there is none.")] = None,
    phone: Annotated[
        str | None, typer.Option(help="Link by a code typed on the phone of this number, in place of a QR code.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the QR code in this file in place of drawing it.")
    ] = None,
    user: Annotated[
        UUID | None,
        typer.Option(help="The user profile of a new session, with an app key; a new user profile where omitted."),
    ] = None,
    history: Annotated[
        HistoryScope | None, typer.Option(help="Which chats from before are imported; none where omitted.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=LONGEST_DAYS, help="How far back; the phone's choice where omitted.")
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
            session.connect(phone, history=history, history_days=days)
        changes = _status_changes(session, timeout)
        if png:
            changes = _kept(changes, png)
        linking = Linking(session.info.session_name, url, png)
        status = _write_changes(changes) if as_json else _draw_changes(linking, changes)
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


def _kept(changes: Iterator[Status], file: Path) -> Iterator[Status]:
    """Write each QR code to the file, whole at any time: who shows it may read it whenever it changes."""
    for status in changes:
        if status.qr_png:
            draft = file.with_name(f".{file.name}.new")
            try:
                draft.write_bytes(status.qr_png)
                draft.replace(file)
            except OSError as error:
                fail(Exit.USAGE, f"The QR code cannot be written to {file}: {error.strerror}.")
        yield status


@dataclass(frozen=True, slots=True)
class Linking:
    """What is linked: the session's name, the API it is asked for, and the file of the QR code where one is wanted."""

    name: str
    api_url: str
    png: Path | None


def _draw_changes(linking: Linking, changes: Iterator[Status]) -> Status:
    console = Console()
    if not console.is_terminal:
        for status in changes:
            console.print(StatusView(linking, status))
        return status
    with Live(console=console, refresh_per_second=2) as live:
        for status in changes:
            live.update(StatusView(linking, status), refresh=True)
    return status


class StatusView:
    """A status as it is drawn, in the rows that there are; the seconds of its QR code are counted at each rendering."""

    def __init__(self, linking: Linking, status: Status) -> None:
        self._linking = linking
        self._status = status

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        status, name = self._status, self._linking.name
        if status.status == SessionState.CONNECTED:
            yield Text(f"✓ {name} is connected as {status.phone_number}.", style="green")
        elif status.pairing_code:
            yield Text.assemble("On the phone: Linked devices, Link with phone number, ", (status.pairing_code, "bold"))
        elif status.qr_text and self._linking.png:
            yield Text(f"The QR code is in {self._linking.png}. {self._instructions()}")
        elif status.qr_text:
            yield from self._code(status.qr_text, console)
        else:
            yield Text(f"… {name}: {status.reason_detail or 'connecting to WhatsApp'}")

    def _code(self, text: str, console: Console) -> RenderResult:
        """Draw the code above what to do with it, or say what to do where it does not fit."""
        rows = console.height - _LINES_BELOW if console.is_terminal else None
        drawing = qr.draw(text, rows)
        columns, needed = qr.size(text)
        if drawing is None or len(drawing.partition("\n")[0]) > console.width:
            yield Text(f"The QR code does not fit here: it needs {columns} columns and {needed + _LINES_BELOW} rows.")
            yield Text(f"Or: {self._ways()}")
        else:
            yield Text(drawing, style=QR_STYLE, no_wrap=True)
            yield Text(self._instructions(), no_wrap=True, overflow="ellipsis")
            if rows is not None and drawing.count("\n") + 1 < needed:
                yield Text(f"Not readable? {self._ways()}", no_wrap=True, overflow="ellipsis")

    def _ways(self) -> str:
        """Say how to link without a code in this terminal."""
        explorer = local.variable("GATEWAY_EXPLORER_URL", self._linking.api_url)
        return f"More rows, --phone, --png FILE, {explorer or 'the Explorer'}"

    def _instructions(self) -> str:
        text = "Scan it: WhatsApp, Linked devices, Link a device."
        if self._status.qr_expires_at is None:
            return text
        left = max(0, round((self._status.qr_expires_at - datetime.now(UTC)).total_seconds()))
        return f"{text} A new code comes in {left} s." if left else f"{text} A new code is coming."
