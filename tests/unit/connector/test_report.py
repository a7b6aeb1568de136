"""The line a worker writes is the one its supervisor reads."""

from __future__ import annotations

import os
import threading

import pytest

from connector.supervisor.report import Report, send_reports

REPORT = Report(shards=8, sessions=3, renewal_age=1.5, poll_age=0.25, database_latency=None)


def test_a_report_survives_the_pipe() -> None:
    assert Report.decode(REPORT.encode()) == REPORT
    assert REPORT.encode().count(b"\n") == 1


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"shards": 1}', b'{"unknown": 1}'])
def test_what_is_no_report_is_refused(line: bytes) -> None:
    with pytest.raises((ValueError, TypeError)):
        Report.decode(line)


def test_reports_come_by_themselves_and_end_with_their_reader() -> None:
    reading, writing = os.pipe()
    before = set(threading.enumerate())
    send_reports(writing, lambda: REPORT)
    (sender,) = set(threading.enumerate()) - before
    with os.fdopen(reading, "rb") as lines:
        assert Report.decode(lines.readline()) == REPORT
    sender.join(5)
    assert not sender.is_alive()
