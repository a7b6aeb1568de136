"""The virtual phones of the local WhatsApp server, over its control API on this machine."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_TIMEOUT_SECONDS = 10.0


class ControlError(Exception):
    """The local WhatsApp server refused, or does not answer; the message is shown to the user."""


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class Device(_Model):
    """A client linked to a phone."""

    device: int
    connected: bool


class Phone(_Model):
    """A virtual phone."""

    number: str
    name: str
    devices: tuple[Device, ...] = ()


class PhoneMessage(_Model):
    """A message as a phone shows it; `timestamp` is in Unix seconds."""

    id: str
    sender: str
    recipient: str
    kind: str
    text: str | None = None
    from_me: bool
    status: str
    timestamp: int

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> PhoneMessage:
        """Read the JSON of the control API, whose `from` is a keyword in Python."""
        return cls.model_validate({**document, "sender": document["from"], "recipient": document["to"]})


class Phones:
    """A client of the phones' control API; every method raises ControlError where it cannot be done."""

    def __init__(self, url: str, transport: httpx.BaseTransport) -> None:
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, transport=transport)

    def all(self) -> list[Phone]:
        """Return every phone, in the order of their creation."""
        return [Phone.model_validate(phone) for phone in self._request("GET", "/phones")["phones"]]

    def create(self, number: str, name: str) -> None:
        """Create a phone."""
        self._request("POST", "/phones", {"number": number, "name": name})

    def scan_qr(self, number: str, qr: str) -> None:
        """Link the phone to a session by the text of its QR code."""
        self._request("POST", f"/phones/{number}/scan", {"qr": qr})

    def enter_code(self, number: str, code: str) -> None:
        """Link the phone to a session by its pairing code."""
        self._request("POST", f"/phones/{number}/scan", {"code": code})

    def send(self, number: str, to: str, text: str) -> None:
        """Send a text from the phone."""
        self._request("POST", f"/phones/{number}/messages", {"to": to, "text": text})

    def messages(self, number: str) -> list[PhoneMessage]:
        """Return a phone's messages, oldest first."""
        documents = self._request("GET", f"/phones/{number}/messages")["messages"]
        return [PhoneMessage.from_document(message) for message in documents]

    def mark_read(self, number: str, message_id: str) -> None:
        """Mark a received message as read on the phone."""
        self._request("POST", f"/phones/{number}/read", {"messageId": message_id})

    def unlink(self, number: str) -> None:
        """Remove every linked device on the phone."""
        self._request("POST", f"/phones/{number}/unlink", {})

    def _request(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401
        try:
            response = self._http.request(method, path, json=body)
            document = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ControlError("The local WhatsApp server does not response.") from error
        if response.is_error:
            raise ControlError(str(document.get("error", "The local WhatsApp server refused.")))
        return document


async def _phones(request: Request) -> Phones:
    return Phones(request.app.state.settings.whatsapp_control_url, request.app.state.transport)


PhonesDep = Annotated[Phones, Depends(_phones)]
