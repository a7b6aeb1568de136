"""Nothing from outside is stored larger than it may be, whatever field it comes in."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.domain.phone import Address
from gateway.store.bounds import (
    IDENTIFIER_CHARACTERS,
    ITEMS,
    JSON_CHARACTERS,
    TEXT_CHARACTERS,
    OutOfBounds,
    bounded,
    bounded_json,
    identifiers,
)
from gateway.store.incoming import Incoming

BOB = Address("100000000000002@lid", "+15550002002")
MESSAGE = Incoming("3A01", BOB, BOB, False, datetime.now(UTC), "text", "hello", mentions=["1@lid"])
LONG = "x" * 1_000_000


def _with(name: str, value: Any) -> Incoming:
    return replace(MESSAGE, **{name: value})


def test_what_whatsapp_sends_stays_as_it_is() -> None:
    whole = replace(MESSAGE, media={"details": {"options": ["a", "b"], "n": 3}, "seen": True}, quoted_id="3A00")
    assert bounded(whole) == whole


@pytest.mark.parametrize(
    "odd",
    [
        {"message_id": LONG},
        {"message_id": ""},
        {"group_jid": LONG},
        {"chat": Address(LONG, None)},
        {"sender": Address(None, LONG)},
    ],
)
def test_an_identifier_is_never_shortened(odd: dict[str, Any]) -> None:
    with pytest.raises(OutOfBounds):
        bounded(replace(MESSAGE, **odd))


def test_a_reference_that_cannot_be_one_is_left_out() -> None:
    found = bounded(replace(MESSAGE, quoted_id=LONG, target_id=LONG))
    assert (found.quoted_id, found.target_id) == (None, None)


def test_every_other_text_is_shortened() -> None:
    """Also in a field that is added later: bounds go by type."""
    names = {item.name for item in fields(Incoming) if "str" in str(item.type)}
    for name in names - {"message_id", "group_jid", "quoted_id", "target_id", "mentions", "media", "location"}:
        assert len(getattr(bounded(_with(name, LONG)), name)) <= TEXT_CHARACTERS, name


def test_lists_are_bounded() -> None:
    found = bounded(replace(MESSAGE, mentions=[*(f"{number}@lid" for number in range(10_000)), LONG]))
    assert len(found.mentions) == ITEMS
    assert identifiers(["a", "", "b" * (IDENTIFIER_CHARACTERS + 1), "c"]) == ["a", "c"]


@pytest.mark.parametrize(
    "large",
    [
        {"text": LONG},
        {LONG: "text"},
        {f"key {number}": number for number in range(100_000)},
        {"vcards": [{"name": "n", "vcard": "v" * 60_000}] * 500},
        {"numbers": list(range(1_000_000))},
        {"rows": [[["x" * 10] * 3000] * 3000] * 3000},
    ],
)
def test_json_is_bounded_as_a_whole(large: dict[str, object]) -> None:
    assert len(json.dumps(bounded_json(large), ensure_ascii=False)) < 2 * JSON_CHARACTERS


def test_nesting_is_bounded() -> None:
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"in": deep}
    assert json.dumps(bounded_json({"a": [deep]})).count("in") < 20
