"""What a handler of an iq is given, and the error it may raise."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.wire.node import Node


class IqError(Exception):
    """Sent to the client as an error, with code and text as WhatsApp has them."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class UnknownQuery(IqError):
    """The iq asks for something that this server does not know."""

    def __init__(self) -> None:
        super().__init__(501, "feature-not-implemented")


class NoReply(Exception):
    """The client gets no answer at all."""


@dataclass(frozen=True, slots=True)
class Request:
    """An iq and the connection it came by; `device` and `account` raise IqError before login."""

    network: Network
    connection: Connection
    stanza: Node

    @property
    def device(self) -> Device:
        """The client's device."""
        address = self.connection.address
        device = self.network.directory.at(address) if address else None
        if device is None:
            raise IqError(401, "not-authorized")
        return device

    @property
    def account(self) -> Account:
        account = self.network.directory.by_number(self.device.number)
        if account is None:
            raise IqError(401, "not-authorized")
        return account
