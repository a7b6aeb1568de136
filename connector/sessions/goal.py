"""What the owner of a session works towards. Pure."""

from __future__ import annotations

from enum import Enum, auto

from connector.sessions.owned_session import Snapshot


class Goal(Enum):
    IDLE = auto()
    PAIR = auto()
    ONLINE = auto()
    UNLINK = auto()


def goal_of(snapshot: Snapshot) -> Goal:
    """Return the goal; a logout, or the end of the session, comes before the wish for a connection."""
    session = snapshot.session
    if snapshot.logout is not None or not session.is_active:
        return Goal.UNLINK
    if not session.wanted:
        return Goal.IDLE
    return Goal.ONLINE if session.device_jid else Goal.PAIR
