"""What was measured, and what was aimed at: printed as a table and kept as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from rich.table import Table

COLUMNS = ("Figure", "Measured", "Raw neonize", "Aim", "")
_VERDICTS = {True: "met", False: "missed", None: ""}


@dataclass(frozen=True, slots=True)
class Figure:
    """`raw` is the figure of bare neonize in the same run; `met` is None where there is no aim."""

    name: str
    measured: str
    raw: str = ""
    aim: str = ""
    met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        return self.name, self.measured, self.raw, self.aim, _VERDICTS[self.met]


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations in seconds, at least two."""

    seconds: Sequence[float]

    def percentile(self, percent: int) -> float:
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1]

    @property
    def p50(self) -> float:
        return self.percentile(50)

    def __str__(self) -> str:
        return f"p50 {_duration(self.p50)}, p95 {_duration(self.percentile(95))}"


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def table(figures: Sequence[Figure]) -> Table:
    """Return the figures for the terminal."""
    table = Table(*COLUMNS, title="make bench")
    for figure in figures:
        table.add_row(*figure.cells)
    return table


def markdown(figures: Sequence[Figure]) -> str:
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(figure.cells for figure in figures)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
