"""Stands in for neonize: the connector's own client with everything of it but Go, whose events it makes up.

As whatsmeow does it connects again by itself when its connection is lost: at once, then 2, 4, 6 … seconds after each
attempt.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import random
import secrets
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from connector.whatsapp.client import Client, Registration, SendResult
from connector.whatsapp.errors import ClientGone, NotConnected
from connector.whatsapp.events import KINDS
from connector.whatsapp.gate import GATE
from connector.whatsapp.jids import WhatsAppAddress
from connector.whatsapp.library import e2e_pb2, neonize_pb2
from tests.bench.fleet import people
from tests.bench.fleet.conditions import VARIABLE, Line
from tests.unit.connector_whatsapp.build import info, message_event, source

# What whatsmeow takes to open its store, with the database beside it.
STORE_SECONDS = 0.03
RECONNECT_SECONDS = 2.0
UNREACHABLE = "failed to dial: no such host"
CODES = {kind: code for code, kind in KINDS.items()}
CONNECTED, DISCONNECTED = b"\x08\x01", b"\x08\x00"


class FleetClient(Client):
    """One client, on the thread that the lifecycle gives it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._device = self._device_jid or ""
        self._woken, self._hung_up, self._socket = threading.Event(), threading.Event(), threading.Lock()
        self._is_known = self._is_online = self._is_stopped = False
        self._receipts: deque[bytes] = deque()
        self._next_message: float | None = None

    def _run_in_go(self, _proxy: str | None) -> str:
        line().subscribe(self._woken.set)
        try:
            time.sleep(STORE_SECONDS)
            self._is_known = True
            if not self._dial():
                return UNREACHABLE
            self._log_in()
            while not self._is_stopped:
                self._live()
            return ""
        finally:
            self._hang_up()
            line().unsubscribe(self._woken.set)

    def _live(self) -> None:
        """Do what is due, and wait for what comes next."""
        self._woken.wait(self._seconds_left())
        self._woken.clear()
        if self._hung_up.is_set():
            return self._hang_up()
        if self._is_online and not line().conditions.reachable:
            self._reconnect()
        while self._is_online and self._receipts:
            self._tell("Receipt", self._receipts.popleft())
        if self._is_online and self._next_message is not None and time.monotonic() >= self._next_message:
            self._tell("Message", self._message())
            self._next_message = None
        return None

    def _seconds_left(self) -> float | None:
        mean = line().conditions.receive_seconds
        if mean is None or not self._is_online:
            self._next_message = None
            return None
        now = time.monotonic()
        if self._next_message is None:
            self._next_message = now + random.expovariate(1 / mean)
        return max(self._next_message - now, 0.0)

    def _dial(self) -> bool:
        line().write("dial", self._device)
        self._hung_up.wait(line().conditions.connect_seconds)
        return line().conditions.reachable and not self._hung_up.is_set()

    def _log_in(self) -> None:
        if _share(self._device) < line().conditions.refused_share:
            line().write("refused", self._device)
            return self._tell("ConnectFailure", _refusal())
        with self._socket:
            if self._hung_up.is_set():
                return None
            self._is_online = True
            line().write("login", self._device)
        self._tell("Connected", CONNECTED)
        return self._tell("OfflineSyncCompleted", DISCONNECTED)

    def _reconnect(self) -> None:
        self._hang_up()
        self._tell("Disconnected", CONNECTED)
        for errors in itertools.count():
            if self._hung_up.wait(errors * RECONNECT_SECONDS) or self._is_stopped:
                return None
            if self._dial():
                return self._log_in()

    def _hang_up(self) -> None:
        with self._socket:
            if self._is_online:
                self._is_online = False
                line().write("close", self._device)

    def _tell(self, kind: str, payload: bytes) -> None:
        """Deliver as Go does."""
        buffer = ctypes.create_string_buffer(payload, len(payload))
        self._receive_event(self._uuid, ctypes.addressof(buffer), len(payload), CODES[kind])

    def _message(self) -> bytes:
        lid, number = people.somebody(self._device)
        header = info(source(lid, lid, number), _message_id(), milliseconds=round(time.time() * 1000))
        secret = secrets.token_bytes(32)
        text = e2e_pb2.Message(conversation=people.text(), messageContextInfo={"messageSecret": secret})
        return message_event(header, text)

    # what the lifecycle asks of Go

    def _has_written(self) -> bool:
        return self._is_known or self._ended.is_set()

    def _disconnect(self) -> None:
        GATE.wait_open()
        self._hung_up.set()
        self._hang_up()
        self._woken.set()

    def _stop(self) -> None:
        GATE.stop(self._end)

    def _end(self) -> None:
        self._is_stopped = True
        self._hung_up.set()
        self._woken.set()

    # what sessions ask of it

    def _call(self, _function: Callable[..., bytes], *_arguments: object) -> bytes:
        """Nothing but what follows is simulated."""
        raise NotConnected("the fleet's clients send and look numbers up")

    def look_up(self, phone_number: str) -> Registration:
        return Registration(True, people.lid_of(phone_number.removeprefix("+")), phone_number)

    def blocked(self) -> list[WhatsAppAddress]:
        return []

    def send_message(self, to_jid: str, message: bytes) -> SendResult:
        if not self._is_alive():
            raise ClientGone("the client is not running")
        if not self._is_online:
            raise NotConnected("the client is still connecting")
        GATE.wait_open()
        time.sleep(line().conditions.send_seconds)
        sent = SendResult(_message_id(), datetime.now(UTC), people.lid_of(to_jid))
        for kind in ("DELIVERED", "READ"):
            self._receipts.append(_receipt(sent, kind))
        self._woken.set()
        return sent


@cache
def line() -> Line:
    """Return the one of this process."""
    return Line(Path(os.environ[VARIABLE]))


def _message_id() -> str:
    return "3EB0" + secrets.token_hex(9).upper()


def _share(device: str) -> float:
    return zlib.crc32(device.encode()) / 2**32


def _refusal() -> bytes:
    raw = neonize_pb2.Node(Tag="failure", Attrs=[], Nodes=[], Nil=True, Bytes=b"")
    return bytes(neonize_pb2.ConnectFailure(Reason=503, Message="", Raw=raw).SerializeToString())


def _receipt(sent: SendResult, kind: str) -> bytes:
    lid = sent.lid or ""
    receipt = neonize_pb2.Receipt(
        MessageSource=source(lid, lid, None), MessageIDs=[sent.message_id], Timestamp=int(time.time()), Type=kind
    )
    return bytes(receipt.SerializeToString())
