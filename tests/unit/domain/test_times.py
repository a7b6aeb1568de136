from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.times import time_in_chat

ARRIVED = datetime(2026, 11, 22, 12, 0, 7, 250_000, tzinfo=UTC)
SECOND = ARRIVED.replace(microsecond=0)


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(minutes=-50), timedelta(hours=5), timedelta(days=30)])
def test_whatsapps_time_is_that_of_the_message(ago: timedelta) -> None:
    assert time_in_chat(SECOND - ago, ARRIVED) == SECOND - ago


@pytest.mark.parametrize("ago", [timedelta(hours=-2), timedelta(days=-400), timedelta(days=61)])
def test_a_wrong_clock_puts_a_message_where_it_arrived(ago: timedelta) -> None:
    assert time_in_chat(ARRIVED - ago, ARRIVED) == SECOND


def test_no_time_at_all_is_a_wrong_one() -> None:
    assert time_in_chat(datetime.fromtimestamp(0, UTC), ARRIVED) == SECOND


def test_a_part_of_a_second_does_not_count() -> None:
    assert time_in_chat(SECOND + timedelta(milliseconds=900), ARRIVED) == SECOND
