from __future__ import annotations

import threading
import time
from collections.abc import Callable

from connector.whatsapp.gate import CALLS_BLOCKED_SECONDS, FIRST_CALLBACK_SECONDS, Gate


def in_thread(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def begin(gate: Gate) -> tuple[threading.Event, threading.Thread]:
    """Return the event of the first callback of a start that has reached its client, and the thread of the start."""
    begun, first_callback = threading.Event(), threading.Event()
    thread = in_thread(lambda: gate.start(begun.set, first_callback))
    assert begun.wait(5)
    return first_callback, thread


def test_a_start_lasts_until_the_first_callback() -> None:
    first_callback, starting = begin(Gate())
    starting.join(0.05)
    assert starting.is_alive()
    first_callback.set()
    starting.join(5)
    assert not starting.is_alive()


def test_calls_wait_for_a_client_that_starts_quickly() -> None:
    gate = Gate()
    first_callback, _ = begin(gate)
    calling = in_thread(gate.wait_open)
    calling.join(0.05)
    assert calling.is_alive()
    first_callback.set()
    calling.join(5)
    assert not calling.is_alive()


def test_a_slow_start_holds_up_calls_briefly_and_the_next_start_longer() -> None:
    gate = Gate()
    started_at = time.monotonic()
    _, starting = begin(gate)
    gate.wait_open()
    assert time.monotonic() - started_at < FIRST_CALLBACK_SECONDS
    assert starting.is_alive()
    gate.stop(lambda: None)
    assert time.monotonic() - started_at >= FIRST_CALLBACK_SECONDS - CALLS_BLOCKED_SECONDS
