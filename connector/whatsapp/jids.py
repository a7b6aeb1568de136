"""JIDs as neonize's protobuf and as text, and the address of a chat or person that several of them form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from connector.whatsapp.library import neonize_pb2
from gateway.domain.sanitize import sanitize_text

USER_SERVER = "s.whatsapp.net"
LID_SERVER = "lid"
BROADCAST_SERVER = "broadcast"
GROUP_SERVER = "g.us"
STATUS_JID = "status@broadcast"
_KINDS = {GROUP_SERVER: "group", "newsletter": "newsletter", BROADCAST_SERVER: "broadcast"}
_TEXT = re.compile(r"(?P<user>[^@:.]+)(?:\.(?P<agent>\d+))?(?::(?P<device>\d+))?@(?P<server>[^@]+)")


@dataclass(frozen=True, slots=True)
class WhatsAppAddress:
    """Of a chat or a person; `jid` is the LID where known, without a device; a group has no `lid` or `phone_number`."""

    jid: str
    lid: str | None = None
    phone_number: str | None = None

    @property
    def kind(self) -> str:
        """One of user, group, newsletter, status, broadcast."""
        if self.jid == STATUS_JID:
            return "status"
        return _KINDS.get(self.jid.partition("@")[2], "user")


def to_proto(jid: str) -> neonize_pb2.JID:
    """Parse a JID. Raise ValueError unless it reads user[.agent][:device]@server."""
    match = _TEXT.fullmatch(jid)
    if match is None:
        raise ValueError("not a WhatsApp address")
    return neonize_pb2.JID(
        User=match["user"],
        RawAgent=int(match["agent"] or 0),
        Device=int(match["device"] or 0),
        Integrator=0,
        Server=match["server"],
        IsEmpty=False,
    )


def to_text(jid: neonize_pb2.JID) -> str:
    """Return a JID with its device, as whatsmeow's store writes it; empty for an empty one."""
    if not jid.User:
        return str(jid.Server)
    agent = f".{jid.RawAgent}" if jid.RawAgent else ""
    device = f":{jid.Device}" if jid.Device else ""
    return f"{jid.User}{agent}{device}@{jid.Server}"


def without_device(jid: str) -> str:
    """Remove agent and device from a JID."""
    user, _, server = jid.partition("@")
    return f"{user.partition(':')[0].partition('.')[0]}@{server}"


def phone_number_of(jid: str) -> str | None:
    """Return the E.164 number of a user's JID by number; None for any other JID."""
    user, _, server = without_device(jid).partition("@")
    return f"+{user}" if server == USER_SERVER and user.isdigit() else None


def lid_and_number(jid: str) -> tuple[str | None, str | None]:
    """Return a person's JID as a LID without device, or as an E.164 number; both are None for any other JID."""
    bare = without_device(jid)
    return bare if bare.endswith(f"@{LID_SERVER}") else None, phone_number_of(bare)


def combine_jids(*jids: neonize_pb2.JID) -> WhatsAppAddress:
    """Combine the JIDs that an event has for one chat or person; the first is its name, the others may be empty."""
    forms = [_forms_of(jid.User, jid.Server) for jid in jids if jid.User]
    lid = next((lid for _, lid, _ in forms if lid), None)
    phone_number = next((number for _, _, number in forms if number), None)
    return WhatsAppAddress(lid or (forms[0][0] if forms else ""), lid, phone_number)


# Who writes writes again: it is half of what it takes to read the header of a message.
@lru_cache(maxsize=4096)
def _forms_of(user: str, server: str) -> tuple[str, str | None, str | None]:
    """Return a JID without device, and the LID or the number that it is."""
    text = sanitize_text(f"{user}@{server}")
    return text, text if text.endswith(f"@{LID_SERVER}") else None, phone_number_of(text)
