"""Which sessions the Connection tab shows, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from functions.explorer.session_list import PAGE, Choice, list_sessions
from gateway.client import SessionInfo
from gateway.domain.sessions import Reason, SessionState


def session(name: str, status: str = "connected", reason: str | None = None, **values: str) -> SessionInfo:
    return SessionInfo.model_validate(
        {"id": uuid4(), "session_name": name, "status": status, "reason": reason, "created_at": datetime.now(UTC)}
        | values
    )


SESSIONS = [
    session("Café Zentral", phone_number="+4915112345678"),
    session("Banned", "disconnected", Reason.TEMPORARY_BAN, phone_number="+447700900101"),
    session("Stopped", "disconnected", phone_number="+447700900102"),
    session("Unlinked by its user", "logged_out", Reason.LOGGED_OUT, external_id="tenant-4711"),
    session("Removed on the phone", "logged_out", Reason.LOGGED_OUT_ON_PHONE),
    session("Shows a code", "qr_pending"),
    session("Reconnects", "connecting", Reason.CONNECTION_LOST, phone_number="+447700900103"),
    session("Waits for a code", "connecting", Reason.WAITING_TO_LINK),
]


def names(choice: Choice) -> list[str]:
    return [info.session_name for info in list_sessions(SESSIONS, choice).shown]


def test_what_waits_for_a_person_comes_first_and_the_rest_stays_in_order() -> None:
    assert names(Choice()) == [
        "Shows a code",
        "Waits for a code",
        "Banned",
        "Removed on the phone",
        "Reconnects",
        "Café Zentral",
        "Stopped",
        "Unlinked by its user",
    ]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("cafe", ["Café Zentral"]),
        ("ZENTRAL", ["Café Zentral"]),
        ("0049 151 1234-5678", ["Café Zentral"]),
        ("+44 7700 900 10", ["Banned", "Reconnects", "Stopped"]),
        ("4711", ["Unlinked by its user"]),
        ("phone", ["Removed on the phone"]),
        ("nobody", []),
    ],
)
def test_sessions_are_found_by_name_number_and_id(search: str, found: list[str]) -> None:
    assert names(Choice(search=search)) == found


@pytest.mark.parametrize("state", SessionState)
def test_every_state_is_a_filter(state: SessionState) -> None:
    name = "linking" if state is SessionState.QR_PENDING else str(state)
    assert {info.status for info in list_sessions(SESSIONS, Choice(status=name)).shown} >= {state}


def test_filters_say_how_many_they_show() -> None:
    counts = {
        name: count for name, _, count in list_sessions(SESSIONS, Choice(search="code", status="connected")).filters
    }
    assert counts == {"": 2, "linking": 2, "connecting": 1, "connected": 0}


@pytest.mark.parametrize(
    ("count", "page", "shown", "pages"), [(0, 1, 0, 1), (1, 1, 1, 1), (500, 3, PAGE, 21), (500, 99, 20, 21)]
)
def test_pages_are_of_a_size_that_can_be_used(count: int, page: int, shown: int, pages: int) -> None:
    listed = list_sessions([session(f"Office {i}") for i in range(count)], Choice(page=page))
    assert (len(listed.shown), listed.pages, listed.total) == (shown, pages, count)


def test_the_address_holds_only_what_was_chosen() -> None:
    assert Choice().query() == Choice(page=2).query(page=1) == ""
    assert Choice("a b", "attention", 3).query(page=4) == "?search=a+b&status=attention&page=4"
