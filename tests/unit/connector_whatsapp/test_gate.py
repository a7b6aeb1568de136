from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from connector.whatsapp.gate import LONGEST_WINDOW_SECONDS, SHORTEST_WINDOW_SECONDS, Gate, window


def in_thread(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def begin(gate: Gate, store_seconds: float = 0.0) -> tuple[threading.Event, threading.Thread]:
    """Return the event of the first callback of a start that has reached its client, and the thread of the start."""
    begun, first_callback = threading.Event(), threading.Event()
    thread = in_thread(lambda: gate.start(lambda: time.sleep(store_seconds), begun.set, first_callback))
    assert begun.wait(5)
    return first_callback, thread


def test_a_start_lasts_until_the_first_callback_and_calls_wait_for_it() -> None:
    gate = Gate()
    first_callback, starting = begin(gate, store_seconds=LONGEST_WINDOW_SECONDS)
    calling = in_thread(gate.wait_open)
    calling.join(0.05)
    assert starting.is_alive()
    assert calling.is_alive()
    first_callback.set()
    starting.join(5)
    calling.join(5)
    assert not starting.is_alive()
    assert not calling.is_alive()


def test_a_server_that_does_not_answer_holds_up_the_next_start_only_briefly() -> None:
    gate = Gate()
    started_at = time.monotonic()
    begin(gate)
    begin(gate)
    gate.wait_open()
    gate.stop(lambda: None)
    assert 2 * SHORTEST_WINDOW_SECONDS <= time.monotonic() - started_at < 5


def test_the_window_follows_the_store() -> None:
    assert window(0.0) == SHORTEST_WINDOW_SECONDS
    assert SHORTEST_WINDOW_SECONDS < window(0.05) < LONGEST_WINDOW_SECONDS
    assert window(60.0) == LONGEST_WINDOW_SECONDS


def test_calls_go_on_while_a_start_asks_the_store_and_what_the_check_raises_cancels_it() -> None:
    gate, asking, answer, begun = Gate(), threading.Event(), threading.Event(), threading.Event()

    def check() -> None:
        asking.set()
        answer.wait(5)
        raise PermissionError

    def start() -> None:
        with pytest.raises(PermissionError):
            gate.start(check, begun.set, threading.Event())

    starting = in_thread(start)
    assert asking.wait(5)
    gate.wait_open()
    answer.set()
    starting.join(5)
    assert not begun.is_set()
    begin(gate)
