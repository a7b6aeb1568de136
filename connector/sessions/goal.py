"""What the owner of a session works towards. Pure."""

from __future__ import annotations

from enum import Enum, auto

from connector.sessions.owned_session import Snapshot


class Goal(Enum):
    REST = auto()
    PAIR = auto()
    RUN = auto()
    UNLINK = auto()


def goal_of(look: Snapshot) -> Goal:
    """A logout, or the end of the session, comes before the wish for a connection."""
    session = look.session
    if look.logout is not None or not session.is_active:
        return Goal.UNLINK
    if not session.wanted:
        return Goal.REST
    return Goal.RUN if session.device_jid else Goal.PAIR
