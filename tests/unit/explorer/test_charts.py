from __future__ import annotations

from datetime import date

from functions.explorer.charts import bars

TODAY = date(2026, 8, 21)


def test_days_without_use_are_there_and_the_highest_fills_the_chart() -> None:
    drawn = bars({TODAY: 200, date(2026, 8, 19): 50, date(2026, 1, 1): 9999}, 4, TODAY)
    assert [bar.day.day for bar in drawn] == [18, 19, 20, 21]
    assert [bar.value for bar in drawn] == [0, 50, 0, 200]
    assert [(bar.top, bar.height) for bar in drawn] == [(100, 0), (75, 25), (100, 0), (0, 100)]


def test_nothing_used_is_a_flat_line() -> None:
    assert {bar.height for bar in bars({}, 3, TODAY)} == {0}
