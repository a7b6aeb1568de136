"""The virtual phones of the local WhatsApp server, steered over its control on this machine."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_TIMEOUT_SECONDS = 10.0


class ControlError(Exception):
    """The local WhatsApp server refused, or does not answer; the text is for people."""


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class Device(_Model):
    """A client linked with a phone."""

    device: int
    connected: bool


class Phone(_Model):
    """A virtual phone."""

    number: str
    name: str
    devices: tuple[Device, ...] = ()


class PhoneMessage(_Model):
    """A message as a phone shows it."""

    id: str
    sender: str
    recipient: str
    kind: str
    text: str | None = None
    from_me: bool
    status: str
    timestamp: int

    @classmethod
    def of(cls, document: dict[str, Any]) -> PhoneMessage:
        return cls.model_validate({**document, "sender": document["from"], "recipient": document["to"]})


class Phones:
    """Every call may raise ControlError."""

    def __init__(self, url: str, transport: httpx.BaseTransport) -> None:
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, transport=transport)

    def all(self) -> list[Phone]:
        """In the order in which they were made."""
        return [Phone.model_validate(phone) for phone in self._ask("GET", "/phones")["phones"]]

    def create(self, number: str, name: str) -> None:
        self._ask("POST", "/phones", {"number": number, "name": name})

    def scan(self, number: str, qr: str) -> None:
        """The phone reads a QR code."""
        self._ask("POST", f"/phones/{number}/scan", {"qr": qr})

    def enter(self, number: str, code: str) -> None:
        """The phone's owner types a pairing code."""
        self._ask("POST", f"/phones/{number}/scan", {"code": code})

    def write(self, number: str, to: str, text: str) -> None:
        self._ask("POST", f"/phones/{number}/messages", {"to": to, "text": text})

    def messages(self, number: str) -> list[PhoneMessage]:
        """Oldest first."""
        return [PhoneMessage.of(message) for message in self._ask("GET", f"/phones/{number}/messages")["messages"]]

    def read(self, number: str, message_id: str) -> None:
        """The phone's owner reads a message."""
        self._ask("POST", f"/phones/{number}/read", {"messageId": message_id})

    def unlink(self, number: str) -> None:
        """The phone's owner removes every linked device."""
        self._ask("POST", f"/phones/{number}/unlink", {})

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401
        try:
            answer = self._http.request(method, path, json=body)
            document = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ControlError("The local WhatsApp server does not answer.") from error
        if answer.is_error:
            raise ControlError(str(document.get("error", "The local WhatsApp server refused.")))
        return document


async def _phones(request: Request) -> Phones:
    return Phones(request.app.state.settings.whatsapp_control_url, request.app.state.transport)


PhonesDep = Annotated[Phones, Depends(_phones)]
