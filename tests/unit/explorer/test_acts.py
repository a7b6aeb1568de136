"""What the menu of a message offers, and what it says once that is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.explorer.acts import offers, pinned
from gateway.client import Message
from tests.unit.client.test_models import JSON


def message(age: timedelta = timedelta(0), **changes: Any) -> Message:
    at = (datetime.now(UTC) - age).isoformat()
    fields = {"messageId": "3EB0A", "messageType": "text", "timestamp": at, "details": None}
    return Message.model_validate(JSON | fields | changes)


def offered(given: Message, chat_kind: str = "user") -> dict[str, str]:
    return {offer.name: offer.refusal for offer in offers(given, chat_kind)}


def test_what_others_wrote_is_neither_edited_nor_deleted_but_in_groups() -> None:
    assert list(offered(message())) == ["reply", "react", "forward", "pin"]
    assert list(offered(message(), "group")) == ["reply", "react", "forward", "pin", "delete"]


@pytest.mark.parametrize(
    ("age", "edit", "delete"),
    [
        (timedelta(minutes=1), "", ""),
        (timedelta(minutes=16), "for 15 minutes", ""),
        (timedelta(hours=61), "for 15 minutes", "for 60 hours"),
    ],
)
def test_what_is_over_says_so(age: timedelta, edit: str, delete: str) -> None:
    found = offered(message(age, fromMe=True))
    assert (edit in found["edit"], delete in found["delete"]) == (True, True)
    assert (bool(found["edit"]), bool(found["delete"])) == (bool(edit), bool(delete))


def test_only_texts_and_captions_are_edited() -> None:
    assert offered(message(fromMe=True, messageType="location"))["edit"] == "Only texts and captions can be edited."


@pytest.mark.parametrize(
    "changes",
    [{"deletedAt": "2026-08-21T09:40:02.000Z"}, {"messageId": None}, {"messageType": "undecryptable"}],
)
def test_nothing_is_done_to_what_is_not_there(changes: dict[str, Any]) -> None:
    assert offered(message(**changes)) == {}


def test_the_last_pin_counts() -> None:
    on = "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a00"
    pin = message(messageType="pin", targetId=on, details={"kind": "pin", "pinned": True})
    unpin = message(messageType="pin", targetId=on, details={"kind": "pin", "pinned": False})
    assert [str(each) for each in pinned([pin, unpin])] == [on]
    assert pinned([unpin, pin]) == set()
