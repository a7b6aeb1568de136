"""Pauses grow, differ and begin again."""

from __future__ import annotations

from gateway.backoff import Backoff


def test_pauses_double_up_to_the_limit_and_are_shortened_by_up_to_a_half() -> None:
    backoff = Backoff(1.0, 60.0)
    for full in (1, 2, 4, 8, 16, 32, 60, 60):
        assert full / 2 <= backoff.next() <= full


def test_after_a_success_it_begins_again() -> None:
    backoff = Backoff(1.0, 60.0)
    for _ in range(10):
        backoff.next()
    backoff.reset()
    assert backoff.next() <= 1.0


def test_a_very_long_outage_does_not_overflow() -> None:
    backoff = Backoff(1.0, 60.0)
    assert all(backoff.next() <= 60.0 for _ in range(2000))


def test_two_sessions_do_not_come_back_together() -> None:
    assert len({Backoff(1.0, 60.0).next() for _ in range(20)}) > 15
