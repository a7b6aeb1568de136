"""When a refused login is tried again, from the session's row."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from connector.build import BUILD
from connector.sessions.refusals import due_of, refusal_of
from connector.whatsapp.connection import ClientOutdated, Connected, ConnectFailure, TemporaryBan
from gateway.domain.sessions import Reason
from tests.unit.connector.test_goal import NOW, session

HOUR = timedelta(hours=1)
# By the clock of the database, which need not be ours.
AS_OF = NOW - 7 * HOUR


def refused(reason: Reason, build: str | None, wait: timedelta = HOUR, **changes: Any) -> float | None:
    """Return the seconds until another try at a login that was refused to a build; None where it may be now."""
    values = {"connection_status": "disconnected", "reason": reason, "refused_build": build}
    due = due_of(session(**(values | {"reason_expires_at": AS_OF + wait, "as_of": AS_OF} | changes)))
    return None if due is None else due - time.monotonic()


@pytest.mark.parametrize("reason", [Reason.CLIENT_OUTDATED, Reason.CONNECT_FAILURE])
def test_the_build_that_was_refused_waits_and_another_tries_at_once(reason: Reason) -> None:
    assert refused(reason, BUILD) == pytest.approx(HOUR.total_seconds(), abs=5)
    assert refused(reason, "another") is None
    assert refused(reason, None) is None
    assert refused(reason, BUILD, -HOUR) is None


def test_no_build_shortens_a_ban() -> None:
    assert refused(Reason.TEMPORARY_BAN, "another") == pytest.approx(HOUR.total_seconds(), abs=5)
    assert refused(Reason.TEMPORARY_BAN, "another", -HOUR) is None


def test_who_connects_again_and_who_was_not_refused_need_not_wait() -> None:
    assert refused(Reason.CLIENT_OUTDATED, BUILD, connection_status="connecting") is None
    assert refused(Reason.QR_TIMEOUT, BUILD) is None


def test_the_code_is_told_in_words() -> None:
    refusal = refusal_of(ConnectFailure("generic", "400"))
    assert refusal is not None
    assert "400 (generic)" in (refusal.detail or "")
    ban = refusal_of(TemporaryBan("blocked_by_users", HOUR))
    assert ban is not None
    assert ban.lasts == HOUR
    assert refusal_of(ClientOutdated()) is not None
    assert refusal_of(Connected()) is None
