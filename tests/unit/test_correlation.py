"""The correlation id of a request, and the session of a thread, in log lines."""

from __future__ import annotations

import io
import json
import threading
from uuid import UUID

import pytest

from gateway import correlation
from gateway.correlation import about_session, correlated
from gateway.telemetry import logger


def test_it_holds_inside_and_ends_with_the_block() -> None:
    with correlated("outer"):
        with correlated("inner"):
            assert correlation.current() == "inner"
        assert correlation.current() == "outer"
    assert correlation.current() is None


def test_another_thread_has_its_own() -> None:
    seen: list[str | None] = []
    with correlated("here"):
        thread = threading.Thread(target=lambda: seen.append(correlation.current()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_every_log_line_carries_it(monkeypatch: pytest.MonkeyPatch) -> None:
    log, output = logger("correlation-test"), io.StringIO()
    monkeypatch.setattr(log.handlers[0], "stream", output)
    with correlated("request-1"):
        log.info("inside")
    log.info("outside")
    inside, outside = (json.loads(line) for line in output.getvalue().splitlines())
    assert inside["correlation_id"] == "request-1"
    assert "correlation_id" not in outside


def test_every_log_line_names_the_session_of_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    log, output = logger("session-test"), io.StringIO()
    monkeypatch.setattr(log.handlers[0], "stream", output)
    session_id = UUID("01a203cf-9a69-74c2-aab9-05ea53178378")
    with about_session(session_id):
        log.info("inside")
        log.info("of another", extra={"session_id": "given"})
    log.info("outside")
    inside, given, outside = (json.loads(line) for line in output.getvalue().splitlines())
    assert (inside["session_id"], given["session_id"]) == (str(session_id), "given")
    assert "session_id" not in outside
