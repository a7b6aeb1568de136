"""Starts the pairing process, and reads what it writes."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from connector.whatsapp.spare_child import Child, start_child
from gateway.domain.history import NO_HISTORY, HistoryWish


@dataclass(frozen=True, slots=True)
class QrCode:
    """A text to show as a QR code; `noise_public_key` finds the device if this process dies just after linking it."""

    text: str = field(repr=False)
    time_to_live: timedelta
    noise_public_key: bytes


@dataclass(frozen=True, slots=True)
class PairingCode:
    """To be typed on the phone, XXXX-XXXX; valid for as long as six QR codes, unless the process ends it before."""

    code: str = field(repr=False)
    noise_public_key: bytes
    time_to_live: timedelta = timedelta(seconds=160)


@dataclass(frozen=True, slots=True)
class Paired:
    """The device is in the store and has not logged in yet; `jid` and `lid` with their device part."""

    jid: str
    lid: str | None
    phone_number: str | None


@dataclass(frozen=True, slots=True)
class PairingFailed:
    """`reason`: qr_timeout, pairing_refused, passkey_required, client_outdated, cannot_reach_whatsapp,
    store_unavailable, internal_error, or crashed.
    """

    reason: str
    detail: str


PairingEvent = QrCode | PairingCode | Paired | PairingFailed


class PairingProcess:
    """One attempt to link a device; ended by kill(), by the end of this process, or by itself."""

    def __init__(
        self,
        dsn: str,
        name: str,
        phone_number: str | None = None,
        child: Child | None = None,
        history: HistoryWish = NO_HISTORY,
    ) -> None:
        """Begin in `child`, which has had no request, or in a new process.

        `dsn` is of whatsmeow_dsn(), the phone lists `name`; an E.164 number asks for a code.
        """
        self._process = child or start_child()
        self._killed = False
        wish = {"history": history.scope, "historyDays": history.days}
        self._write_request(wish | {"dsn": dsn, "name": name, "phoneNumber": phone_number})

    @property
    def pid(self) -> int:
        return self._process.pid

    def events(self) -> Iterator[PairingEvent]:
        """Yield events, blocking between them; the last is Paired or PairingFailed, except after kill()."""
        output = self._process.stdout
        ended = False
        for line in output or ():
            event = _parse(json.loads(line))
            if event is None:
                continue
            ended = isinstance(event, Paired | PairingFailed)
            yield event
        status = self.reap()
        if not ended and not self._killed:
            yield PairingFailed("crashed", f"the pairing process ended with status {status}")

    def kill(self) -> None:
        """Kill the process, from any thread at any moment; a device linked just before is found by its noise key."""
        self._killed = True
        self._process.kill()

    def reap(self) -> int:
        """Wait for the end and return the exit status; a negative one is the signal that caused it."""
        status = self._process.wait()
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        return status

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.reap()
        if self._process.stdout:
            self._process.stdout.close()

    def _write_request(self, request: dict[str, Any]) -> None:
        """Write the request and leave standard input open: its end is what ends an orphaned process."""
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()


def _parse(line: dict[str, Any]) -> PairingEvent | None:
    """Return the event of a line; None for a log record, which is logged here."""
    match line["type"]:
        case "log":
            logging.getLogger(line["logger"]).log(line["level"], "while pairing: %s", line["message"])
            return None
        case "qr":
            return QrCode(line["text"], timedelta(seconds=line["ttlSeconds"]), _noise_public_key(line))
        case "code":
            return PairingCode(line["code"], _noise_public_key(line))
        case "paired":
            return Paired(line["jid"], line["lid"], line["phoneNumber"])
        case _:
            return PairingFailed(line["reason"], line["detail"])


def _noise_public_key(line: dict[str, Any]) -> bytes:
    return base64.b64decode(line["noisePublicKey"])
