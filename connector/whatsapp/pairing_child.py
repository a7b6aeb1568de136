"""The disposable process that links one device: `python -m connector.whatsapp.pairing_child`.

A process of its own, because neonize never returns from a pairing that does not complete. It reads one JSON line from
standard input and writes JSON lines to standard output; when its standard input closes, at any moment, it ends.

It ends as soon as the device is in the store, before the first login, so that no message is received here: with the
local server it had ended 20 ms (at most 38) after the scan with no login in 30 of 30 links, and nothing is sent to a
device before its first login has uploaded its keys, which takes neonize 0.3 s and more.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from connector.whatsapp.client import Callbacks, Client, device_props
from connector.whatsapp.connection import DeviceReady, decode_connection_event
from connector.whatsapp.errors import CannotReachWhatsApp, StoreUnavailable, WhatsAppError
from connector.whatsapp.stdout import quiet_stdout
from gateway.domain.history import HistoryScope, HistoryWish

FIRST_CODE_SECONDS = 60
NEXT_CODE_SECONDS = 20
# Six codes are valid for 160 s; whatsmeow reports when they are used up, this limit is for the case that it does not.
SILENCE_SECONDS = 75.0
EXPIRY_SLACK_SECONDS = 2.0

Write = Callable[[dict[str, Any]], None]

# Our reasons by the status with which whatsmeow ends a pairing.
_REASONS = {
    "error": "pairing_refused",
    "err-client-outdated": "client_outdated",
    "err-unexpected-state": "pairing_refused",
    "err-scanned-without-multidevice": "pairing_refused",
    "passkey-request": "passkey_required",
    "passkey-confirmation": "passkey_required",
}


class _Failed(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.line = {"type": "failed", "reason": reason, "detail": detail}


@dataclass(frozen=True, slots=True)
class _Qr:
    text: str


@dataclass(frozen=True, slots=True)
class _Status:
    text: str


@dataclass(frozen=True, slots=True)
class _End:
    error: WhatsAppError | None


class _Pairing:
    def __init__(self, request: dict[str, Any], write: Write) -> None:
        self._write = write
        self._phone_number: str | None = request.get("phoneNumber")
        self._events: queue.Queue[_Qr | _Status | _End | DeviceReady] = queue.Queue()
        self._codes = 0
        self._last_code_at = 0.0
        history = HistoryWish(HistoryScope(request["history"]), request["historyDays"])
        callbacks = Callbacks(
            on_event=self._on_event,
            on_qr=lambda text: self._events.put(_Qr(text)),
            on_pairing_status=lambda text: self._events.put(_Status(text)),
            on_end=lambda error: self._events.put(_End(error)),
        )
        self._client = Client(request["dsn"], None, callbacks, device_props(request["name"], history))

    def run(self) -> dict[str, Any]:
        """Pair one device and return the last line to write."""
        self._client.start()
        try:
            while True:
                event = self._events.get(timeout=SILENCE_SECONDS)
                if isinstance(event, DeviceReady):
                    return _paired(event)
                self._handle(event)
        except _Failed as failure:
            return failure.line
        except queue.Empty:
            return _Failed("cannot_reach_whatsapp", "WhatsApp has gone silent").line

    def _on_event(self, kind: str, payload: bytes) -> None:
        """Queue DeviceReady, the first event: the device is in the store, and what follows is for the next process."""
        event = decode_connection_event(kind, payload)
        if isinstance(event, DeviceReady):
            self._events.put(event)

    def _handle(self, event: _Qr | _Status | _End) -> None:
        """Raise _Failed when the pairing has failed."""
        if isinstance(event, _Qr):
            self._write_code(event.text)
        elif isinstance(event, _Status):
            self._check_status(event.text)
        elif isinstance(event.error, StoreUnavailable):
            raise _Failed("store_unavailable", str(event.error))
        else:
            raise _Failed("cannot_reach_whatsapp", str(event.error or CannotReachWhatsApp("the client ended")))

    def _write_code(self, text: str) -> None:
        """Write each QR text, or the pairing code, of which there is one for all QR texts."""
        lifetime = NEXT_CODE_SECONDS if self._codes else FIRST_CODE_SECONDS
        self._codes += 1
        self._last_code_at = time.monotonic()
        noise = text.rpartition("#")[2].split(",")[1]
        line: dict[str, Any] = {"noisePublicKey": noise}
        if self._phone_number is None:
            self._write(line | {"type": "qr", "text": text, "ttlSeconds": lifetime})
        elif self._codes == 1:
            self._write(line | {"type": "code", "code": self._pair_phone(self._phone_number)})

    def _pair_phone(self, phone_number: str) -> str:
        try:
            return self._client.pair_phone(phone_number)
        except WhatsAppError as error:
            raise _Failed("pairing_refused", str(error)) from error

    def _check_status(self, status: str) -> None:
        """Raise _Failed unless the status is success.

        whatsmeow says "timeout" both when the last code has had its 20 s and when the socket is lost.
        """
        if status == "success":
            return
        if status != "timeout":
            raise _Failed(_REASONS.get(status, "pairing_refused"), status)
        if abs(time.monotonic() - self._last_code_at - NEXT_CODE_SECONDS) < EXPIRY_SLACK_SECONDS:
            raise _Failed("qr_timeout")
        raise _Failed("cannot_reach_whatsapp", "the connection was lost while pairing")


def _paired(device: DeviceReady) -> dict[str, Any]:
    return {
        "type": "paired",
        "jid": device.jid,
        "lid": device.lid,
        "phoneNumber": device.phone_number,
    }


class _ParentHandler(logging.Handler):
    """Writes log records as lines, which the parent logs in its own format."""

    def __init__(self, write: Write) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        self._write({"type": "log", "level": record.levelno, "logger": record.name, "message": self.format(record)})


def _exit_with_parent() -> None:
    """Wait for the end of standard input, which the parent keeps open, and end the process."""
    while sys.stdin.readline():
        pass
    os._exit(0)


def _writer(output: TextIO) -> Write:
    """Return a thread-safe function that writes JSON lines, and ends the process when nobody reads them."""
    lock = threading.Lock()

    def write(line: dict[str, Any]) -> None:
        try:
            with lock:
                output.write(json.dumps(line) + "\n")
                output.flush()
        except OSError:
            os._exit(0)

    return write


def main() -> None:
    write = _writer(quiet_stdout())
    logging.basicConfig(level=logging.WARNING, handlers=[_ParentHandler(write)])
    request = json.loads(sys.stdin.readline() or "null")
    if request is None:
        os._exit(0)
    threading.Thread(target=_exit_with_parent, daemon=True, name="parent").start()
    try:
        write(_Pairing(request, write).run())
    except Exception:
        logging.exception("pairing failed")
        write(_Failed("internal_error").line)
    os._exit(0)


if __name__ == "__main__":
    main()
