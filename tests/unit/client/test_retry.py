from __future__ import annotations

from gateway.client import calls
from gateway.client.retry import Retry


def test_waits_grow_up_to_the_longest() -> None:
    waits = [Retry(attempts=9, first_wait=1, longest_wait=8).wait(attempt) for attempt in range(1, 9)]
    for wait, ceiling in zip(waits, [1, 2, 4, 8, 8, 8, 8, 8], strict=True):
        assert wait is not None
        assert ceiling / 2 <= wait <= ceiling


def test_attempts_end() -> None:
    retry = Retry(attempts=2, longest_wait=10)
    assert retry.wait(1, asked=10) == 10
    assert retry.wait(1, asked=11) is None
    assert retry.wait(2) is None


def test_an_id_cannot_lead_elsewhere() -> None:
    assert calls.session("../keys?x=1#").path == "/sessions/..%2Fkeys%3Fx%3D1%23"
    assert calls.read_chat("s", "+49151").path == "/sessions/s/chats/+49151/read"
