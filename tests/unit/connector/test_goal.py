"""What a session's owner works towards, from its row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from connector.sessions.goal import Goal, goal_of
from connector.sessions.owned_session import Snapshot
from gateway.store.commands import Command
from gateway.store.sessions import Session

NOW = datetime.now(UTC)
ID = UUID(int=1)
DEVICE = "4915112345678:3@s.whatsapp.net"


def session(**changes: Any) -> Session:
    values: dict[str, Any] = dict.fromkeys(Session.__dataclass_fields__) | {
        "id": ID,
        "connection_status": "connecting",
        "is_active": True,
        "desired_state": "connected",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Session(**(values | changes))


def logout() -> Command:
    return Command(ID, ID, 1, "logout", {}, "queued", None, DEVICE, None, None, 0, 0.0, True)


@pytest.mark.parametrize(
    ("changes", "goal"),
    [
        ({"device_jid": DEVICE}, Goal.ONLINE),
        ({"device_jid": None}, Goal.PAIR),
        ({"device_jid": DEVICE, "desired_state": "disconnected"}, Goal.IDLE),
        ({"device_jid": None, "desired_state": "disconnected"}, Goal.IDLE),
        ({"device_jid": DEVICE, "is_active": False, "desired_state": "disconnected"}, Goal.UNLINK),
        ({"device_jid": None, "is_active": False, "desired_state": "disconnected"}, Goal.UNLINK),
    ],
)
def test_the_goal_follows_the_wish(changes: dict[str, Any], goal: Goal) -> None:
    assert goal_of(Snapshot(session(**changes), None, has_expired=False)) is goal


@pytest.mark.parametrize("desired", ["connected", "disconnected"])
def test_a_logout_comes_before_every_wish(desired: str) -> None:
    snapshot = Snapshot(session(device_jid=DEVICE, desired_state=desired), logout(), has_expired=False)
    assert goal_of(snapshot) is Goal.UNLINK
