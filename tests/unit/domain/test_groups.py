"""Invite links as people paste them, and WhatsApp's codes for participants."""

from __future__ import annotations

import pytest

from gateway.domain.errors import InvalidInput
from gateway.domain.groups import invite_code, participant_reason

CODE = "AbCdEfGhIjKlMnOpQrStUv"


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        f" https://chat.whatsapp.com/{CODE} ",
        f"chat.whatsapp.com/{CODE}",
        f"http://chat.whatsapp.com/invite/{CODE}/",
        f"https://chat.whatsapp.com/{CODE}?mode=ac_t",
    ],
)
def test_the_code_of_a_link(text: str) -> None:
    assert invite_code(text) == CODE


@pytest.mark.parametrize(
    "text", ["", "short", f"https://example.org/{CODE}", f"{CODE}\n{CODE}", "https://wa.me/4915112345678"]
)
def test_what_is_no_link(text: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        invite_code(text)
    assert wrong.value.field == "link"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (0, None),
        (403, "invite_only"),
        (404, "not_found"),
        (405, "owner"),
        (408, "left_recently"),
        (409, "already_in"),
        (500, "refused"),
    ],
)
def test_why_a_participant_was_not_changed(code: int, reason: str | None) -> None:
    assert participant_reason(code) == reason
