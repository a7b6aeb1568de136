"""A virtual phone of the local WhatsApp server, as a test uses it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

from infra.local.whatsapp.client import WhatsAppControl

_numbers = itertools.count(int(f"49151{os.getpid() % 100000:05d}000"))


class Phone:
    """A new phone with a number of its own."""

    def __init__(self, control: WhatsAppControl, name: str) -> None:
        self._control = control
        self.number = f"+{next(_numbers)}"
        self.lid: str = control.create_phone(self.number, name)["lid"]

    @property
    def jid(self) -> str:
        return f"{self.number[1:]}@s.whatsapp.net"

    @property
    def devices(self) -> list[int]:
        return [device["device"] for device in self._control.phone(self.number)["devices"]]

    def scan(self, qr: str) -> str:
        """Scan a QR text and return the JID of the new device."""
        return str(self._control.scan(self.number, qr)["jid"])

    def enter(self, code: str) -> str:
        return str(self._control.enter_code(self.number, code)["jid"])

    def send(self, to: Phone, text: str) -> str:
        """Send a text and return the id of the message."""
        return self._control.send(self.number, to.number, text)

    def compose(self, **message: str | float) -> str:
        return self._control.send_kind(self.number, **message)

    def wait_message(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return self._control.wait_for_message(self.number, wanted)

    def wait_status(self, message_id: str, status: str) -> None:
        self._control.wait_for_status(self.number, message_id, status)

    def read(self, message_id: str) -> None:
        self._control.read(self.number, message_id)

    def unlink(self) -> None:
        self._control.unlink(self.number)
