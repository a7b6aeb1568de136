"""The supervisor's health, asked by callers that do not behave."""

from __future__ import annotations

import logging
import socket
import struct
import threading

import pytest

from connector.supervisor import health
from connector.supervisor.probe import is_healthy
from infra.local.ports import LOOPBACK


def _hang_up(port: int, asked: threading.Event) -> None:
    """Ask, and reset the connection before the answer comes."""
    caller = socket.create_connection((LOOPBACK, port))
    caller.sendall(b"GET /health HTTP/1.0\r\n\r\n")
    assert asked.wait(10)
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()


def _wait_for_answers(before: set[threading.Thread]) -> None:
    for thread in set(threading.enumerate()) - before:
        if "process_request" in thread.name:
            thread.join(10)


def test_a_caller_that_hangs_up_is_nothing_to_tell(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    asked, hung_up, before = threading.Event(), threading.Event(), set(threading.enumerate())

    def read() -> tuple[bool, dict[str, object]]:
        asked.set()
        assert hung_up.wait(10)
        return True, {}

    port = health.serve(LOOPBACK, 0, read)
    _hang_up(port, asked)
    hung_up.set()
    _wait_for_answers(before)
    assert (capfd.readouterr().err, caplog.records) == ("", [])
    assert is_healthy(port)


def test_what_fails_by_itself_is_logged(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    def read() -> tuple[bool, dict[str, object]]:
        raise KeyError("shards")

    before = set(threading.enumerate())
    with caplog.at_level(logging.ERROR):
        assert not is_healthy(health.serve(LOOPBACK, 0, read))
        _wait_for_answers(before)
    assert [record.message for record in caplog.records] == ["a request could not be answered"]
    assert capfd.readouterr().err == ""
