from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.chaos.schedule import CLOCKS, DATABASE_CLOCK, FAULT_TYPES, Kind, schedule

TEN_MINUTES = 600.0


def test_a_seed_is_a_schedule() -> None:
    assert schedule(7, TEN_MINUTES) == schedule(7, TEN_MINUTES)
    assert schedule(7, TEN_MINUTES) != schedule(8, TEN_MINUTES)


def test_a_shorter_run_of_a_seed_begins_as_the_long_one() -> None:
    short = schedule(7, 60.0)
    assert schedule(7, TEN_MINUTES)[: len(short)] == short


@pytest.mark.parametrize("seed", range(20))
def test_everything_happens_in_time_and_to_a_victim_one_thing_at_a_time(seed: int) -> None:
    faults = schedule(seed, TEN_MINUTES)
    assert {fault.kind for fault in faults} == set(Kind)
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)
    assert all(fault.end <= TEN_MINUTES for fault in faults)
    for victim in {fault.victim for fault in faults}:
        of_victim = [fault for fault in faults if fault.victim == victim]
        assert all(earlier.end <= later.at for earlier, later in pairwise(of_victim))


def test_two_minutes_are_enough_for_every_sort() -> None:
    faults = schedule(1, 120.0)
    assert len(faults) >= len(FAULT_TYPES)


def test_clocks_jump_ahead_and_back_and_come_back() -> None:
    jumps = [fault for fault in schedule(1, TEN_MINUTES) if fault.kind is Kind.JUMP]
    assert {fault.victim for fault in jumps} == {*CLOCKS, DATABASE_CLOCK}
    assert min(fault.shift for fault in jumps) < -2 < 2 < max(fault.shift for fault in jumps)
    assert all(fault.seconds and fault.shift for fault in jumps)


def test_a_line_of_the_timeline_says_who_what_and_how_long() -> None:
    lines = {str(fault) for fault in schedule(1, TEN_MINUTES)}
    assert "WhatsApp: drops connections" in lines
    assert any(line.startswith("WhatsApp: sends twice, ") for line in lines)
    assert any(line.startswith("SQS and S3: cut off for ") for line in lines)
    assert any(re.fullmatch(r"clock of PostgreSQL: jumps by [+-]\d+ s for [\d.]+ s", line) for line in lines)
