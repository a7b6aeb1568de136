"""Lines of a log that come again and again: the first is logged at once, the others are counted and told in time."""

from __future__ import annotations

import logging
import threading

INTERVAL_SECONDS = 60.0
# So many different lines are remembered; what comes beyond is logged like a first one.
_MOST = 500

_Line = tuple[str, int, str]


class RepeatedLines:
    """From any thread. A thread of its own tells the counts, and ends when nothing is repeated any more."""

    def __init__(self, interval: float = INTERVAL_SECONDS) -> None:
        self._interval = interval
        self._lock = threading.Lock()
        self._counts: dict[_Line, int] = {}
        self._is_telling = False

    def log(self, logger: str, level: int, text: str) -> None:
        """Log a line, or count it where it has been logged within the interval."""
        line = (logger, level, text)
        with self._lock:
            is_repeated = line in self._counts
            if is_repeated:
                self._counts[line] += 1
            elif len(self._counts) < _MOST:
                self._counts[line] = 0
            starts = not self._is_telling
            self._is_telling = True
        if not is_repeated:
            logging.getLogger(logger).log(level, "%s", text)
        if starts:
            threading.Thread(target=self._tell_until_quiet, name="repeated-lines", daemon=True).start()

    def _tell_until_quiet(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(self._interval)
            with self._lock:
                repeated = {line: count for line, count in self._counts.items() if count}
                self._counts = dict.fromkeys(repeated, 0)
                self._is_telling = bool(repeated)
            for (logger, level, text), count in repeated.items():
                logging.getLogger(logger).log(level, "%s", text, extra={"repeated": count})
            if not repeated:
                return
