"""A library that says one thing thousands of times is heard, and drowns nothing else."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.whatsapp.repeated_lines import RepeatedLines


def told(caplog: pytest.LogCaptureFixture, text: str) -> list[int | None]:
    return [getattr(record, "repeated", None) for record in caplog.records if record.message == text]


def test_what_is_repeated_is_logged_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    lines = RepeatedLines(interval=0.2)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: lines.log("whatsmeow.client", logging.WARNING, "the queue is full"), range(5000)))
    lines.log("whatsmeow.client", logging.WARNING, "something else")
    deadline = time.monotonic() + 20
    while sum(count or 1 for count in told(caplog, "the queue is full")) < 5000:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    counts = told(caplog, "the queue is full")
    assert counts[0] is None
    assert sum(count or 1 for count in counts) == 5000
    assert len(counts) < 50
    assert told(caplog, "something else") == [None]


def test_after_a_quiet_interval_a_line_is_a_first_one_again(caplog: pytest.LogCaptureFixture) -> None:
    lines = RepeatedLines(interval=0.05)
    lines.log("whatsmeow", logging.ERROR, "once")
    deadline = time.monotonic() + 20
    while told(caplog, "once") != [None, None]:
        assert time.monotonic() < deadline
        if not lines._is_telling:
            lines.log("whatsmeow", logging.ERROR, "once")
        time.sleep(0.01)
