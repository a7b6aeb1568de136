from __future__ import annotations

from itertools import pairwise

import pytest

from tests.chaos.schedule import SORTS, Kind, schedule

TEN_MINUTES = 600.0


def test_a_seed_is_a_schedule() -> None:
    assert schedule(7, TEN_MINUTES) == schedule(7, TEN_MINUTES)
    assert schedule(7, TEN_MINUTES) != schedule(8, TEN_MINUTES)


def test_a_shorter_run_of_a_seed_begins_as_the_long_one() -> None:
    short = schedule(7, 60.0)
    assert schedule(7, TEN_MINUTES)[: len(short)] == short


@pytest.mark.parametrize("seed", range(20))
def test_everything_happens_in_time_and_to_a_victim_one_thing_at_a_time(seed: int) -> None:
    hurts = schedule(seed, TEN_MINUTES)
    assert {hurt.kind for hurt in hurts} == set(Kind)
    assert [hurt.at for hurt in hurts] == sorted(hurt.at for hurt in hurts)
    assert all(hurt.end <= TEN_MINUTES for hurt in hurts)
    for victim in {hurt.victim for hurt in hurts}:
        of_victim = [hurt for hurt in hurts if hurt.victim == victim]
        assert all(earlier.end <= later.at for earlier, later in pairwise(of_victim))


def test_two_minutes_are_enough_for_every_sort() -> None:
    hurts = schedule(1, 120.0)
    assert len(hurts) >= len(SORTS)


def test_a_line_of_the_timeline_says_who_what_and_how_long() -> None:
    lines = {str(hurt) for hurt in schedule(1, TEN_MINUTES)}
    assert "WhatsApp: drops connections" in lines
    assert any(line.startswith("WhatsApp: sends twice, ") for line in lines)
    assert any(line.startswith("SQS and S3: cut off for ") for line in lines)
