"""Clients that wait to be linked."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from infra.local.whatsapp.transport.connection import Connection

_REF_BYTES = 60
_FIRST_SECONDS = 60
_NEXT_SECONDS = 20
_GRACE_SECONDS = 5


class Registration(NamedTuple):
    """A client that wants to be linked: its connection and what it registered with (devicePairingData)."""

    connection: Connection
    data: Any  # generated protobuf classes carry no types


class Finish(NamedTuple):
    """A client's last message in pairing by code."""

    wrapped_bundle: bytes
    identity: bytes


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A client that shows a code for a number; `finish` is set when it has responded to the phone."""

    registration: Registration
    ref: bytes
    wrapped_ephemeral: bytes
    finish: asyncio.Future[Finish]


class PairingOffers:
    """The clients that wait: for the phone to scan a ref shown as QR code, or to type a pairing code."""

    def __init__(self) -> None:
        self._registrations: dict[Connection, Registration] = {}
        self._refs: dict[str, tuple[Registration, float]] = {}
        self._codes: dict[str, CodeRequest] = {}

    def register(self, registration: Registration, count: int) -> list[str]:
        """Return its refs. Clients show them in turn: the first for 60 s (20 s when alone), the others for 20 s."""
        self._registrations[registration.connection] = registration
        refs = ["2@" + base64.b64encode(secrets.token_bytes(_REF_BYTES)).decode() for _ in range(count)]
        first = _FIRST_SECONDS if count > 1 else _NEXT_SECONDS
        for position, ref in enumerate(refs):
            lifetime = first + position * _NEXT_SECONDS + _GRACE_SECONDS
            self._refs[ref] = (registration, time.monotonic() + lifetime)
        return refs

    def registration(self, connection: Connection) -> Registration | None:
        return self._registrations.get(connection)

    def pop_ref(self, ref: str) -> Registration | None:
        """Return who shows this ref, once; None when it has expired, was used or was never shown."""
        registration, expiry = self._refs.pop(ref, (None, 0.0))
        return registration if time.monotonic() < expiry else None

    def request_code(self, number: str, request: CodeRequest) -> None:
        self._codes[number] = request

    def try_code(self, number: str) -> CodeRequest | None:
        """Return the request, with a new response to wait for where a wrong code has used up the one before."""
        request = self._codes.get(number)
        if request and request.finish.done():
            self._codes[number] = replace(request, finish=asyncio.get_running_loop().create_future())
        return self._codes.get(number)

    def code_request(self, number: str) -> CodeRequest | None:
        return self._codes.get(number)

    def withdraw(self, connection: Connection) -> None:
        """Forget a client that is gone or linked."""
        self._registrations.pop(connection, None)
        self._refs = {ref: entry for ref, entry in self._refs.items() if entry[0].connection is not connection}
        for number, request in list(self._codes.items()):
            if request.registration.connection is connection:
                request.finish.cancel()
                del self._codes[number]
