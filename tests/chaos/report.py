"""What a run tells: its progress as a timeline, and a table at the end."""

from __future__ import annotations

import signal
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from connector.shards.leaseholder import EXIT_STALLED
from tests.chaos.checker import Finding, Wrong, explained
from tests.chaos.history import History

SHOWN = 20


class Report:
    """Prints what happens with the seconds since the beginning, and keeps it in a file with the smaller things."""

    def __init__(self, console: Console, file: Path) -> None:
        self._console = console
        self._file = file
        self._begun = time.monotonic()

    def begin(self) -> None:
        """Count the seconds from now on."""
        self._begun = time.monotonic()

    def say(self, what: str) -> None:
        self._console.print(f"{self._seconds():6.1f} s  {what}", highlight=False, markup=False, soft_wrap=True)
        self.note(what)

    def note(self, what: str) -> None:
        with self._file.open("a") as file:
            file.write(f"{self._seconds():6.1f} s  {what}\n")

    def findings(self, findings: list[Finding]) -> None:
        for finding in findings:
            self.note(f"{finding.wrong}: {finding.what}")
        for finding in findings[:SHOWN]:
            self._console.print(f"{finding.wrong}: {finding.what}", style="red", markup=False, soft_wrap=True)
        if len(findings) > SHOWN:
            self._console.print(f"… and {len(findings) - SHOWN} more")

    def table(self, figures: dict[str, int]) -> None:
        table = Table(show_header=False)
        for name, value in figures.items():
            table.add_row(name, str(value))
        self._console.print(table)

    def _seconds(self) -> float:
        return time.monotonic() - self._begun


def figures(history: History, faults: int, codes: list[int], found: list[Finding]) -> dict[str, int]:
    """Return what a run comes to: what was done, what happened that the documents allow, and what is wrong."""
    wrong = Counter(finding.wrong for finding in found)
    return {
        "faults": faults,
        "workers killed": codes.count(-signal.SIGKILL),
        "workers that had stalled and ended themselves": codes.count(EXIT_STALLED),
        "workers ended by Go panics": sum(code not in (-signal.SIGKILL, EXIT_STALLED) for code in codes),
        "messages that people wrote": len(history.written),
        "messages that the API accepted": sum(asked.id is not None for asked in history.asked),
        "events": sum(map(len, history.logs.values())),
        "events by webhook": sum(len(user.delivered) for user in history.users),
        **explained(history),
        **{kind.value.upper(): wrong[kind] for kind in Wrong},
    }
