from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from functions.api.schemas.assistant import AssistantSettings
from functions.api.schemas.events import EventPage
from functions.api.schemas.sessions import CreateSession, StatusBody
from gateway.domain.assistant import DEFAULTS
from gateway.schemas.details import details_of
from gateway.schemas.events import body_of
from gateway.schemas.messages import Media, shown_of
from gateway.store.event_log import LoggedEvent, Position
from tests.unit.connector.test_goal import session

MOMENT = datetime(2026, 8, 21, 11, 40, tzinfo=timezone(timedelta(hours=2)))
SESSION_ID, USER_ID = UUID(int=1), UUID(int=2)


def logged(kind: str, data: dict[str, Any]) -> LoggedEvent:
    return LoggedEvent(Position(7, SESSION_ID, 1), kind, data, MOMENT, USER_ID, is_active=True)


def test_names_are_in_camel_case_and_times_in_utc() -> None:
    event = logged("session.qr", {"expiresAt": "2026-08-21T11:41:00+02:00", "pairingCode": None})
    page = EventPage.of([body_of(event)], 1)
    assert page.model_dump(mode="json", by_alias=True) == {
        "events": [
            {
                "id": str(event.position),
                "type": "session.qr",
                "timestamp": "2026-08-21T09:40:00.000Z",
                "sessionId": str(SESSION_ID),
                "userProfileId": str(USER_ID),
                "seq": 1,
                "data": {"expiresAt": "2026-08-21T09:41:00.000Z"},
            }
        ],
        "nextAfter": 1,
    }


@pytest.mark.parametrize(("kind", "data"), [("chat.waved", {"some_key": 1}), ("chat.read", {"chat": None})])
def test_an_event_of_another_release_is_shown_as_it_is(kind: str, data: dict[str, Any]) -> None:
    [shown] = EventPage.of([body_of(logged(kind, data))], 1).model_dump(by_alias=True)["events"]
    assert (shown["type"], shown["data"]) == (kind, data)


def test_details_of_a_kind_of_another_release_are_left_out() -> None:
    assert details_of({"kind": "hologram", "depth": 3}) is None
    assert details_of({"kind": "pin"}) is None
    poll = details_of({"kind": "poll", "question": "When?", "later": True})
    assert poll is not None
    assert poll.model_dump() == {"kind": "poll", "question": "When?", "options": (), "selectable": 0, "results": ()}


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x7fb", "a\u202eb", "\u2028"])
def test_a_session_name_is_what_people_can_read(name: str) -> None:
    with pytest.raises(ValidationError):
        CreateSession(session_name=name)


@pytest.mark.parametrize("name", ["x", "x" * 100, "משרד", "Büro 🏠", " padded "])
def test_a_session_name_may_be_in_any_script(name: str) -> None:
    assert CreateSession(session_name=name).session_name == name.strip()


def test_nothing_of_media_is_shown_but_what_is_named() -> None:
    shown = shown_of({"mimetype": "image/jpeg", "fileLength": 5, "mediaKey": "secret", "directPath": "/v"})
    assert Media(**shown).model_dump(exclude_none=True) == {"mimetype": "image/jpeg", "size": 5}


def test_the_assistant_has_the_defaults_of_the_domain() -> None:
    documented = AssistantSettings(allow=[], deny=[]).model_dump(include=set(asdict(DEFAULTS)))
    assert documented == asdict(DEFAULTS)


@pytest.mark.parametrize(("left", "shown"), [(timedelta(seconds=10), "2@code"), (timedelta(0), None)])
def test_a_code_is_shown_until_it_ends_by_the_clock_of_the_database(left: timedelta, shown: str | None) -> None:
    code = {"connection_status": "qr_pending", "qr_code": "2@code", "qr_expires_at": MOMENT + left}
    assert StatusBody.of(session(**code, owned=True, as_of=MOMENT)).qr_text == shown
