from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api.http import pagination
from gateway.domain.errors import InvalidInput


def written(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


ID = UUID("0198c7a6-0000-7000-8000-000000000000")


@given(st.uuids())
def test_an_id_comes_back(value: UUID) -> None:
    assert pagination.decode_id("messages", pagination.encode("messages", value)) == value


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_time_and_an_id_come_back(moment: datetime, value: UUID) -> None:
    assert pagination.decode_time_and_id("chats", pagination.encode("chats", moment, value)) == (moment, value)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids(), st.datetimes(timezones=st.just(UTC)))
def test_a_place_comes_back(moment: datetime, value: UUID, begun: datetime) -> None:
    cursor = pagination.encode("places", moment, value, begun)
    assert pagination.decode_place("places", cursor) == (moment, value, begun)


def test_a_cursor_tells_of_which_list_it_is() -> None:
    cursor = pagination.encode("messages", ID)
    assert pagination.is_of("messages", cursor)
    assert not pagination.is_of("chats", cursor)
    assert not pagination.is_of("messages", "garbage")


def test_a_cursor_fits_into_an_address() -> None:
    cursor = pagination.encode("chats", datetime.now(UTC), ID)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_no_cursor_is_the_beginning() -> None:
    assert pagination.decode_id("messages", None) is None
    assert pagination.decode_time_and_id("chats", None) is None
    assert pagination.decode_place("places", None) is None


@given(st.text(max_size=200))
def test_garbage_is_refused_and_never_raises_anything_else(garbage: str) -> None:
    for decode in (pagination.decode_id, pagination.decode_time_and_id, pagination.decode_place):
        with pytest.raises(InvalidInput) as caught:
            decode("messages", garbage)
        assert caught.value.field == "cursor"


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        {},
        [],
        ["messages"],
        ["chats", str(ID)],
        ["messages", 7],
        ["messages", "no-uuid"],
        ["messages", str(ID), str(ID)],
        ["messages", None],
        ["messages", "2026-08-21T09:00:00", str(ID)],
        ["messages", "2026-08-21T09:00:00+00:00", 7],
        ["messages", "yesterday", str(ID)],
        ["messages", "2026-08-21T09:00:00+00:00", str(ID), "2026-08-21T09:00:00"],
        ["messages", "2026-08-21T09:00:00+00:00", str(ID), None],
    ],
)
def test_what_only_looks_like_a_cursor_is_refused(value: object) -> None:
    for decode in (pagination.decode_id, pagination.decode_time_and_id, pagination.decode_place):
        with pytest.raises(InvalidInput):
            decode("messages", written(value))
