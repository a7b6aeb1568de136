"""JIDs: the addresses of accounts, devices and chats."""

from __future__ import annotations

from dataclasses import dataclass

PHONE_NUMBER = "s.whatsapp.net"
LID = "lid"
GROUP = "g.us"
BROADCAST = "broadcast"
NEWSLETTER = "newsletter"


@dataclass(frozen=True, slots=True)
class Jid:
    """An address; device 0 is the account itself (its phone), an empty user means the server."""

    user: str
    server: str = PHONE_NUMBER
    device: int = 0

    def __str__(self) -> str:
        device = f":{self.device}" if self.device else ""
        return f"{self.user}{device}@{self.server}" if self.user else self.server

    @property
    def account(self) -> Jid:
        return Jid(self.user, self.server)

    @classmethod
    def parse(cls, text: str) -> Jid:
        """Return the address in a text; raise ValueError when the device is not a number."""
        address, _, server = text.rpartition("@")
        user, _, device = address.partition(":")
        return cls(user, server, int(device or 0))


SERVER = Jid("")
STATUS = Jid("status", BROADCAST)
