"""A process that runs clients for a test: operations as JSON lines on standard input, results and events on output.

Apart from the test's own process because neonize can abort one, and because Go reads only the environment of exec.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg

from connector.sessions.client_run import ClientRun
from connector.whatsapp import devices
from connector.whatsapp.client import Callbacks, Client
from connector.whatsapp.errors import WhatsAppError
from connector.whatsapp.gate import GATE
from connector.whatsapp.stdout import quiet_stdout
from gateway.domain.presence import TypingState
from gateway.settings import ConnectorSettings
from tests.plain_text import plain_text

_output = quiet_stdout()
_writing = threading.Lock()
_clients: dict[str, Client] = {}
_handlers: dict[str, Callable[[], None]] = {}


def write(**line: object) -> None:
    with _writing:
        _output.write(json.dumps(line) + "\n")


_runs: dict[str, ClientRun] = {}
_queue = threading.Event()
_revoked: set[str] = set()


def hold_starts() -> None:
    """Let every further start wait until release_starts()."""
    held = threading.Event()

    def check() -> None:
        held.set()
        _queue.wait(30)

    threading.Thread(target=GATE.start, args=(check, lambda: None, lambda: True), daemon=True).start()
    held.wait(5)


def release_starts() -> None:
    _queue.set()


def revoke(client: str) -> None:
    """Take back the permission to start."""
    _revoked.add(client)


def start(client: str, dsn: str, jid: str | None, proxy: str | None = None) -> None:
    def require_allowed() -> None:
        if client in _revoked:
            raise PermissionError("the lease is lost")

    def on_event(kind: str, payload: bytes) -> None:
        _handlers.get(client, lambda: None)()
        write(client=client, event=kind, payload=base64.b64encode(payload).decode())

    callbacks = Callbacks(
        on_event,
        on_qr=lambda text: write(client=client, event="qr", text=text),
        on_pairing_status=lambda status: write(client=client, event="status", text=status),
        on_end=lambda error: write(client=client, event="end", error=type(error).__name__, text=str(error)),
    )
    _clients[client] = Client(dsn, jid, callbacks)
    _clients[client].start(proxy, require_allowed=require_allowed)


def open_run(client: str, dsn: str, jid: str) -> None:
    """Open a run of the connector as its reconnector does."""
    settings = ConnectorSettings.model_validate({"database_url": dsn, "whatsmeow_database_url": dsn})
    ignore: Callable[..., None] = lambda *_: None  # noqa: E731
    _runs[client] = ClientRun(uuid4(), jid, dsn, settings, send=ignore, store=ignore)
    _runs[client].open(lambda: None, lambda: None)


def application_name(client: str) -> str | None:
    """Return by which name PostgreSQL knows the connections of a client; None before there is one."""
    return _clients[client]._application_name if client in _clients else None


def slow_down(client: str, seconds: float) -> None:
    _handlers[client] = lambda: time.sleep(seconds)


def fail(client: str, times: int) -> None:
    """Let the event handler raise so many times."""
    left = iter(range(times))

    def handler() -> None:
        if next(left, None) is not None:
            raise RuntimeError("told to fail")

    _handlers[client] = handler


def send(client: str, to: str, text: str, secret: str = "00" * 32) -> str:
    return _clients[client].send_message(to, plain_text(to, text, bytes.fromhex(secret))).message_id


def send_to(client: str, to: str, text: str) -> str | None:
    """Return the LID it went to."""
    return _clients[client].send_message(to, plain_text(to, text, secrets.token_bytes(32))).lid


def look_up(client: str, number: str) -> list[object]:
    found = _clients[client].look_up(number)
    return [found.registered, found.lid, found.phone_number]


def hammer(client: str, seconds: float) -> int:
    """Call Go as often as possible for so long, each time looking the client up in its maps; return how often."""
    end, calls = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        try:
            _clients[client].send_message("1@s.whatsapp.net", b"\xff")
        except WhatsAppError:
            calls += 1
    return calls


def delete_device(dsn: str, jid: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return devices.delete(connection, jid)


OPERATIONS: dict[str, Callable[..., object]] = {
    "application_name": application_name,
    "start": start,
    "hold_starts": hold_starts,
    "release_starts": release_starts,
    "revoke": revoke,
    "open_run": open_run,
    "close_run": lambda client: _runs[client].close(timeout=5.0),
    "made": lambda client: client in _clients or client in _runs,
    "slow_down": slow_down,
    "fail": fail,
    "send": send,
    "send_to": send_to,
    "look_up": look_up,
    "hammer": hammer,
    "delete_device": delete_device,
    "migrate": devices.migrate,
    "mark_read": lambda client, ids, chat, sender: _clients[client].mark_read(ids, chat, sender),
    "typing": lambda client, chat, state: _clients[client].send_chat_presence(chat, TypingState(state)),
    "logout": lambda client: _clients[client].logout(),
    "disconnect": lambda client: _clients[client].disconnect(),
    "stop": lambda client, timeout=5.0: _clients[client].stop(timeout),
    "wait_idle": lambda client, quiet: _clients[client].wait_idle(quiet),
    "ended": lambda client: _clients[client].ended,
    "threads": lambda: sum(thread.name.startswith("whatsapp-") for thread in threading.enumerate()),
}


def perform(command: dict[str, Any]) -> None:
    number = command.pop("id")
    started_at = time.monotonic()
    try:
        result = OPERATIONS[command.pop("operation")](**command)
        write(reply=number, result=result, seconds=time.monotonic() - started_at)
    except Exception as error:  # noqa: BLE001 (the test judges it)
        write(reply=number, error=type(error).__name__, text=str(error), code=getattr(error, "code", None))


def main() -> None:
    write(event="ready")
    for line in sys.stdin:
        threading.Thread(target=perform, args=(json.loads(line),), daemon=True).start()
    os._exit(0)


if __name__ == "__main__":
    main()
