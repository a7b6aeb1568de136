"""Times: how they are written to others (UTC, milliseconds, Z), and which of WhatsApp's are taken for right. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# By how much WhatsApp's clock, which orders chats, may be ahead of ours: more than ours is ever wrong.
_AHEAD = timedelta(hours=1)
# WhatsApp keeps for a month what a device has not fetched.
_BEHIND = timedelta(days=60)


def iso(moment: datetime) -> str:
    """Write a time as 2026-08-21T09:40:02.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def time_in_chat(told: datetime, arrived: datetime) -> datetime:
    """Return the time of a message, in whole seconds as WhatsApp's are: what WhatsApp told, or when it arrived.

    A time in the future would keep a message at the end of its chat, one long ago would hide it: neither is right.
    """
    is_right = arrived - _BEHIND <= told <= arrived + _AHEAD
    return (told if is_right else arrived).replace(microsecond=0)
