"""The virtual phones of the local WhatsApp server, over its control API on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import httpx
from fastapi import Depends, Request

from functions.explorer.control_model import ControlModel
from functions.explorer.phone_messages import PhoneMessage

_TIMEOUT_SECONDS = 10.0
_NO_ANSWER = "The local WhatsApp server does not answer."


class ControlError(Exception):
    """The local WhatsApp server refused, or does not answer; the message is shown to the user."""


class Device(ControlModel):
    """A client linked to a phone."""

    device: int
    connected: bool


class Phone(ControlModel):
    """A virtual phone; its LID is its own for ever, its number may have been another phone's."""

    number: str
    name: str
    lid: str
    devices: tuple[Device, ...] = ()


class Group(ControlModel):
    """A group of phones, by its address."""

    id: str
    subject: str
    members: tuple[str, ...]


class PhoneMemory:
    """The last messages of each phone, by its LID, with the cursor from which on they are read."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, tuple[PhoneMessage, ...]]] = {}

    def known(self, phone: Phone) -> tuple[int | None, tuple[PhoneMessage, ...]]:
        """Return the cursor and the messages; None and none for a phone that was not read yet."""
        return self._known.get(phone.lid, (None, ()))

    def store(self, phone: Phone, cursor: int, messages: tuple[PhoneMessage, ...]) -> None:
        """Remember the messages; a slower reader that comes later only makes the next one read again."""
        self._known[phone.lid] = (cursor, messages)

    def keep(self, phones: list[Phone]) -> None:
        """Forget all other phones."""
        existing = {phone.lid for phone in phones}
        for lid in [lid for lid in self._known if lid not in existing]:
            self._known.pop(lid, None)


class Phones:
    """A client of the phones' control API; every method raises ControlError where it cannot be done."""

    def __init__(self, url: str, transport: httpx.BaseTransport, memory: PhoneMemory) -> None:
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, transport=transport)
        self._memory = memory

    def all(self) -> list[Phone]:
        """Return every phone, in the order of their creation."""
        phones = [Phone.model_validate(phone) for phone in self._request("GET", "/phones")["phones"]]
        self._memory.keep(phones)
        return phones

    def groups(self) -> list[Group]:
        """Return every group."""
        return [Group.model_validate(group) for group in self._request("GET", "/groups")["groups"]]

    def create(self, number: str, name: str) -> Phone:
        """Create a phone."""
        return Phone.model_validate(self._request("POST", "/phones", {"number": number, "name": name}))

    def delete(self, number: str) -> None:
        """Delete a phone; its linked devices are unlinked."""
        self._request("DELETE", _path(number))

    def scan_qr(self, number: str, qr: str) -> None:
        """Link the phone to a session by the text of its QR code."""
        self._request("POST", _path(number, "scan"), {"qr": qr})

    def enter_code(self, number: str, code: str) -> None:
        """Link the phone to a session by its pairing code."""
        self._request("POST", _path(number, "scan"), {"code": code})

    def send(self, number: str, message: Mapping[str, object]) -> None:
        """Send a message of any kind from the phone, with the fields of the control API."""
        self._request("POST", _path(number, "messages"), message)

    def recent(self, phone: Phone, last: int) -> tuple[PhoneMessage, ...]:
        """Return the phone's last messages, oldest first; only what is new of them is read."""
        cursor, known = self._memory.known(phone)
        query = f"?last={last}" + (f"&changedAfter={cursor}" if cursor is not None else "")
        document = self._request("GET", _path(phone.number, "messages") + query)
        by_seq = {message.seq: message for message in (*known, *map(PhoneMessage.model_validate, document["messages"]))}
        messages = tuple(by_seq[seq] for seq in sorted(by_seq)[-last:])
        self._memory.store(phone, int(document["cursor"]), messages)
        return messages

    def file(self, number: str, message_id: str) -> tuple[bytes, str]:
        """Return the decrypted file of a message, and its type as the sender says."""
        message = quote(message_id, safe="", errors="replace")
        found = self._request("GET", f"{_path(number, 'messages')}?id={message}")["messages"]
        response = self._send("GET", _path(number, "messages", message, "media"))
        if response.is_error or not found:
            raise ControlError("There is no such file on this phone.")
        return response.content, PhoneMessage.model_validate(found[0]).mimetype or ""

    def read_all(self, number: str) -> None:
        """Mark every received message as read on the phone."""
        for document in self._request("GET", _path(number, "messages"))["messages"]:
            message = PhoneMessage.model_validate(document)
            if message.is_unread:
                self._request("POST", _path(number, "read"), {"messageId": message.id})

    def unlink(self, number: str) -> None:
        """Remove every linked device on the phone."""
        self._request("POST", _path(number, "unlink"), {})

    def _request(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401
        response = self._send(method, path, body)
        try:
            document = response.json() if response.content else {}
        except ValueError as error:
            raise ControlError(_NO_ANSWER) from error
        if response.is_error:
            raise ControlError(str(document.get("error", "The local WhatsApp server refused.")))
        return document

    def _send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> httpx.Response:
        try:
            return self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise ControlError(_NO_ANSWER) from error


def _path(number: str, *rest: str) -> str:
    """Return the path of a phone; what a person typed as its number cannot lead elsewhere."""
    return "/".join(("/phones", quote(number, safe="+", errors="replace") or "%20", *rest))


async def _phones(request: Request) -> Phones:
    state = request.app.state
    return Phones(state.settings.whatsapp_control_url, state.transport, state.phone_memory)


PhonesDep = Annotated[Phones, Depends(_phones)]
