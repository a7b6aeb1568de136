from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.records import with_values


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0


def test_a_record_with_other_values_is_another_one() -> None:
    point = Point(1, 2)
    assert with_values(point, {"x": 1, "y": 3}) == Point(1, 3)
    assert point == Point(1, 2)


def test_a_record_that_has_the_values_is_not_copied() -> None:
    point = Point(1, 2)
    assert with_values(point, {"x": 1, "y": 2}) is point
