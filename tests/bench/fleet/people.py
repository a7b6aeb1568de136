"""The numbers and LIDs of the fleet's sessions and of those who write to them; in no range that is given out."""

from __future__ import annotations

import random

CONTACTS = 20
WORDS = ("tomorrow", "please", "send", "the", "keys", "of", "flat", "to", "my", "brother", "in", "garden", "at", "nine")


def number_of(session: int) -> str:
    """Return the number of a session, of eleven digits without "+"."""
    return f"1555{session:07d}"


def device_of(session: int) -> str:
    return f"{number_of(session)}:1@s.whatsapp.net"


def contact_of(session: int, contact: int) -> str:
    """Return the number of one of a session's contacts, without "+"."""
    return f"4915{session:05d}{contact:04d}"


def lid_of(jid: str) -> str:
    """Return the LID of a person by number or LID."""
    user, _, server = jid.partition("@")
    return jid if server == "lid" else f"9{user}@lid"


def somebody(device: str) -> tuple[str, str]:
    """Return LID and JID by number of one of the contacts of a device's session."""
    session = int(device.partition(":")[0].removeprefix("1555"))
    number = contact_of(session, random.randrange(CONTACTS))
    return f"9{number}@lid", f"{number}@s.whatsapp.net"


def text() -> str:
    """Return a text of the usual length."""
    return " ".join(random.choices(WORDS, k=random.randint(3, 25)))
