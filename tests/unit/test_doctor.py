"""What `gateway doctor` says of sessions: what is a fault, and a summary where there are hundreds."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gateway.cli.checks import State
from gateway.cli.session_checks import summary
from gateway.client import SessionInfo
from gateway.domain.sessions import Reason


def session(name: str, status: str, reason: str | None = None, desired: str = "connected") -> SessionInfo:
    return SessionInfo(
        id=uuid4(),
        session_name=name,
        status=status,
        reason=reason,
        desired_state=desired,
        created_at=datetime(2026, 8, 21, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("status", "reason", "desired", "state"),
    [
        ("connected", None, "connected", State.OK),
        ("qr_pending", None, "connected", State.OK),
        ("connecting", Reason.WAITING_TO_LINK, "connected", State.OK),
        ("disconnected", None, "disconnected", State.OK),
        ("disconnected", Reason.QR_TIMEOUT, "disconnected", State.OK),
        ("logged_out", Reason.LOGGED_OUT, "disconnected", State.OK),
        ("connecting", None, "connected", State.WARNING),
        ("logged_out", Reason.LOGGED_OUT_ON_PHONE, "disconnected", State.WARNING),
        ("disconnected", Reason.TEMPORARY_BAN, "connected", State.WARNING),
        ("disconnected", "newer_than_this", "disconnected", State.WARNING),
        ("connecting", Reason.NO_OWNER, "connected", State.FAILED),
        ("disconnected", Reason.CLIENT_OUTDATED, "connected", State.FAILED),
    ],
)
def test_only_what_the_gateway_is_to_blame_for_is_a_fault(
    status: str, reason: str | None, desired: str, state: State
) -> None:
    [finding] = summary([session("office", status, reason, desired)])
    assert finding.state is state
    assert (finding.state is State.OK) != bool(finding.advice)


def test_hundreds_of_sessions_are_a_few_lines_with_faults_first() -> None:
    well = [session(f"well {number}", "connected") for number in range(400)]
    unlinked = [session(f"unlinked {number}", "logged_out", Reason.LOGGED_OUT_ON_PHONE) for number in range(30)]
    orphan = session("orphan", "connecting", Reason.NO_OWNER)
    findings = list(summary([*well, *unlinked, orphan]))
    assert findings[0].text == "400 connected, 30 logged_out, 1 connecting."
    assert len(findings) == 12
    assert (findings[1].part, findings[1].state) == ("session orphan", State.FAILED)
    assert (findings[-1].text, findings[-1].state) == ("21 more need attention.", State.WARNING)
