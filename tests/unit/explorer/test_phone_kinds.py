"""Every kind that virtual phones know can be sent from the Try it tab as its form suggests it."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import TypeAdapter

from functions.explorer.phone_kinds import KINDS, message_of
from functions.explorer.phones import ControlError
from infra.local.whatsapp.phones.composing import MessageBody

_BODY: TypeAdapter[MessageBody] = TypeAdapter(MessageBody)
TENANT = "+44 7700 900102"


def test_no_kind_is_missing() -> None:
    union = get_args(MessageBody)[0]
    assert {get_args(each)[1].tag for each in get_args(union)} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_form_suggests_is_accepted(kind: str) -> None:
    suggested = {field.name: field.value or "3A01" for field in KINDS[kind].fields if field.input != "check"}
    made = _BODY.validate_python(message_of(kind, {"to": TENANT, **suggested}))
    assert made.kind == kind
    assert made.to == (None if KINDS[kind].about else "447700900102")


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_be_left_out_may_be_left_out(kind: str) -> None:
    needed = {field.name: field.value or "3A01" for field in KINDS[kind].fields if field.required}
    _BODY.validate_python(message_of(kind, {"to": TENANT, "quotes": "", **needed}))


def test_lines_become_parts() -> None:
    values = {"to": TENANT, "body": "x", "button": "y", "rows": "Tuesday | 4 p.m.\n\n Friday "}
    rows = _BODY.validate_python(message_of("list", values)).model_dump()["sections"][0]["rows"]
    assert rows == [
        {"id": "Tuesday", "title": "Tuesday", "description": "4 p.m."},
        {"id": "Friday", "title": "Friday", "description": ""},
    ]
    buttons = message_of(
        "template", {"to": TENANT, "body": "x", "buttons": "Yes\nPage | https://example.org\nCall | +1 555"}
    )
    assert buttons["buttons"] == [
        {"text": "Yes", "id": "Yes"},
        {"text": "Page", "url": "https://example.org"},
        {"text": "Call", "phone": "+1 555"},
    ]
    assert message_of("order", {"to": TENANT, "total": "49,90"})["thousandths"] == 49900


@pytest.mark.parametrize("total", ["", "much", "NaN", "Infinity", "1e999999"])
def test_a_total_that_is_none_is_told(total: str) -> None:
    with pytest.raises(ControlError, match="Write a number"):
        message_of("order", {"to": TENANT, "total": total})
    with pytest.raises(ControlError, match="from the list"):
        message_of("smoke", {})
