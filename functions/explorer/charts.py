"""Small bar charts, as numbers for SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

HEIGHT = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one day; the highest bar of a chart has the `height` HEIGHT."""

    day: date
    value: int
    height: float

    @property
    def top(self) -> float:
        """Where the bar begins in SVG, which measures from above."""
        return HEIGHT - self.height


def bars(values: dict[date, int], days: int, today: date | None = None) -> list[Bar]:
    """Return a bar for each of the days until `today`, or today (UTC), oldest first; one without a value is zero."""
    last = today or datetime.now(UTC).date()
    shown = [last - timedelta(days=back) for back in reversed(range(days))]
    highest = max((values.get(day, 0) for day in shown), default=0) or 1
    return [Bar(day, values.get(day, 0), round(values.get(day, 0) / highest * HEIGHT, 1)) for day in shown]
