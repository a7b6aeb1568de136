"""How the fleet's bench reckons from what its WhatsApp saw."""

from __future__ import annotations

from tests.bench.fleet.conditions import Seen
from tests.bench.fleet.watching import away, peak


def seen(*lines: tuple[float, str, str, int]) -> list[Seen]:
    return [Seen(*line) for line in lines]


def test_a_device_is_away_from_the_close_of_its_socket_to_its_next_login() -> None:
    found = away(seen((1, "login", "a", 1), (11, "close", "a", 1), (13, "login", "a", 2)), 10, set())
    assert (found.seconds, found.doubled) == ([2], 0)


def test_the_devices_of_a_killed_process_are_away_from_its_end() -> None:
    found = away(seen((1, "login", "a", 1), (1, "login", "b", 2), (14, "login", "a", 2)), 10, {1})
    assert (found.seconds, found.doubled) == ([4], 0)


def test_two_sockets_of_a_device_are_counted_and_the_older_one_closes_in_vain() -> None:
    found = away(seen((1, "login", "a", 1), (11, "login", "a", 2), (12, "close", "a", 1)), 10, set())
    assert (found.seconds, found.doubled, found.unheard) == ([], 1, 0)


def test_a_socket_whose_process_ended_without_closing_it_is_no_second_one() -> None:
    lines = seen((1, "login", "a", 1), (11, "login", "a", 2), (12, "dial", "b", 2))
    assert (away(lines, 10, set()).doubled, away(lines, 10, set()).unheard) == (0, 1)
    assert "1 of workers that did not end" in str(
        away([*lines, *seen((13, "close", "a", 2), (14, "login", "a", 2))], 10, set())
    )


def test_what_was_before_does_not_count() -> None:
    lines = seen((1, "dial", "a", 1), (1, "dial", "b", 1), (10.1, "dial", "a", 1), (10.9, "dial", "b", 1))
    assert (peak(lines, "dial", 5), peak(lines[:2], "dial", 5)) == (2, 0)
