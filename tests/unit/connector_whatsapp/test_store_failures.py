"""Lines of whatsmeow as it logs them, with made-up ids and numbers."""

from __future__ import annotations

import time

import pytest

from connector.whatsapp.store_failures import StoreFailures

PAUSE = 0.05
REFUSED = (
    "Error decrypting message 3AC43 from 17@lid: failed to decrypt prekey message: failed to load session with"
    ' 17_1:0: pq: too many connections for role "gateway_whatsmeow" (53300)'
)


def _seconds(failures: StoreFailures, line: str) -> float:
    began = time.monotonic()
    failures.hear(line)
    return time.monotonic() - began


@pytest.mark.parametrize(
    "reason",
    [
        "pq: the database system is shutting down",
        "driver: bad connection",
        "dial tcp 127.0.0.1:5432: connect: connection refused",
        "read tcp 127.0.0.1:1->127.0.0.1:5432: read: connection reset by peer",
        "read tcp 127.0.0.1:1->127.0.0.1:5432: i/o timeout",
        "unexpected EOF",
    ],
)
def test_a_message_that_met_a_store_without_an_answer_waits(reason: str) -> None:
    line = f"Error decrypting message 3AC43 from 17@lid: failed to decrypt normal message: {reason}"
    assert _seconds(StoreFailures((PAUSE,)), line) >= PAUSE


@pytest.mark.parametrize(
    "line",
    [
        "Error decrypting message 3AC43 from 17@lid: failed to decrypt normal message: mismatching MAC",
        "Error decrypting message 3AC43 from 17@lid: failed to decrypt group message: no sender key for 17",
        'Failed to get prekey for retry receipt: failed to query next prekey ID: pq: too many connections for role "x"',
        "Not sending any more retry receipts for 3AC43",
    ],
)
def test_nothing_else_waits(line: str) -> None:
    assert _seconds(StoreFailures((10.0,)), line) < 1


def test_each_time_it_waits_longer_and_other_messages_begin_anew() -> None:
    failures = StoreFailures((0.0, PAUSE, 2 * PAUSE))
    assert [_seconds(failures, REFUSED) >= least for least in (0.0, PAUSE, 2 * PAUSE, 2 * PAUSE)] == [True] * 4
    assert _seconds(failures, REFUSED.replace("3AC43", "3AC44")) < PAUSE
