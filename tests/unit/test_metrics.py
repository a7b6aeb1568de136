"""Metrics as CloudWatch reads them from standard output."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from gateway.metrics import Metric, flush, measure, publish, record_response


def _written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(autouse=True)
def nothing_left(capsys: pytest.CaptureFixture[str]) -> None:
    flush()
    capsys.readouterr()


def test_what_is_recorded_is_one_line_whose_only_dimension_is_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    measure(Metric.MESSAGES_SENT)
    measure(Metric.MESSAGES_SENT)
    measure(Metric.TIME_TO_SENT, 12.5)
    flush()
    (line,) = _written(capsys)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "WhatsAppGateway"
    assert directive["Dimensions"] == [["service"]]
    assert {"Name": "TimeToSent", "Unit": "Milliseconds"} in directive["Metrics"]
    assert (line["MessagesSent"], line["TimeToSent"]) == ([1.0, 1.0], [12.5])


def test_nothing_recorded_is_nothing_written(capsys: pytest.CaptureFixture[str]) -> None:
    flush()
    assert _written(capsys) == []


def test_a_response_counts_by_its_hundreds(capsys: pytest.CaptureFixture[str]) -> None:
    for status in (201, 204, 503):
        record_response(status)
    flush()
    (line,) = _written(capsys)
    assert (line["Responses2xx"], line["Responses5xx"]) == ([1.0, 1.0], [1.0])


def test_a_refusal_of_whatsapp_is_counted_apart(capsys: pytest.CaptureFixture[str]) -> None:
    for status in (502, 503):
        record_response(status)
    flush()
    (line,) = _written(capsys)
    assert (line["Responses5xx"], line["SendsRefused"]) == ([1.0, 1.0], [1.0])


def test_no_count_of_any_thread_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    def count() -> None:
        for _ in range(500):
            measure(Metric.MESSAGES_RECEIVED)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flush()
    assert sum(sum(line["MessagesReceived"]) for line in _written(capsys)) == 8 * 500


def test_gauges_are_written_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = threading.Event()
    readings = iter([1.0, 2.0])

    def read() -> dict[Metric, float]:
        value = next(readings, None)
        if value is None:
            twice.set()
            return {}
        return {Metric.SHARDS_HELD: value}

    end = publish(read, interval=0.001)
    assert twice.wait(10)
    end()
