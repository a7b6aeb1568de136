"""What the library says of a group that could not be changed, and whether it may have been changed all the same."""

from __future__ import annotations

import pytest

from connector.whatsapp.errors import NotConnected, OutcomeUnknown, RequestRefused
from connector.whatsapp.group_client import parse_group_error


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("failed to get group info: that group does not exist", 404),
        ("you're not participating in that group", 403),
        ("you don't have the permission to get the group's invite link", 401),
        ("that group invite link is not valid", 406),
        ("that group invite link has been revoked", 410),
        ("the given data is not a valid image", 406),
        ("info query returned status 429: rate-overlimit", 429),
    ],
)
def test_a_refusal_has_a_code(text: str, code: int) -> None:
    error = parse_group_error(text)
    assert isinstance(error, RequestRefused)
    assert error.code == code


@pytest.mark.parametrize(
    "text",
    [
        "info query timed out",
        "websocket disconnected before info query returned response",
        "failed to send request: failed to write frame: broken pipe",
    ],
)
def test_what_may_have_been_done(text: str) -> None:
    assert isinstance(parse_group_error(text), OutcomeUnknown)


def test_what_was_not_written() -> None:
    assert isinstance(parse_group_error("failed to send request: websocket not connected"), NotConnected)
