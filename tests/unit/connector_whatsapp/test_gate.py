from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

import pytest

from connector.whatsapp.gate import LONGEST_WINDOW_SECONDS, Gate


def in_thread(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def begin(gate: Gate) -> tuple[threading.Event, threading.Thread]:
    """Return the event by which a start that has reached its client has written the maps, and its thread."""
    begun, written = threading.Event(), threading.Event()
    thread = in_thread(lambda: gate.start(lambda: None, begun.set, written.is_set))
    assert begun.wait(5)
    return written, thread


def test_a_start_lasts_until_it_has_written_the_maps_and_calls_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.whatsapp.gate.LONGEST_WINDOW_SECONDS", 60.0)
    gate = Gate()
    written, starting = begin(gate)
    calling = in_thread(gate.wait_open)
    calling.join(0.05)
    assert starting.is_alive()
    assert calling.is_alive()
    written.set()
    starting.join(5)
    calling.join(5)
    assert not starting.is_alive()
    assert not calling.is_alive()


def test_a_store_that_does_not_answer_holds_up_the_next_start_only_briefly() -> None:
    gate = Gate()
    started_at = time.monotonic()
    begin(gate)
    begin(gate)
    gate.wait_open()
    gate.stop(lambda: None)
    assert 2 * LONGEST_WINDOW_SECONDS <= time.monotonic() - started_at < 5


def test_calls_go_on_while_a_start_asks_the_store_and_what_the_check_raises_cancels_it() -> None:
    gate, asking, answer, begun = Gate(), threading.Event(), threading.Event(), threading.Event()

    def check() -> None:
        asking.set()
        answer.wait(5)
        raise PermissionError

    def start() -> None:
        with pytest.raises(PermissionError):
            gate.start(check, begun.set, lambda: True)

    starting = in_thread(start)
    assert asking.wait(5)
    gate.wait_open()
    answer.set()
    starting.join(5)
    assert not begun.is_set()
    begin(gate)


def test_a_start_waits_for_no_call_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.whatsapp.gate.LOOKUP_SECONDS", 60.0)
    gate = Gate()
    for _ in range(3):
        starting = in_thread(lambda: gate.start(lambda: None, lambda: None, lambda: True))
        starting.join(5)
        assert not starting.is_alive()


def test_a_start_and_a_stop_wait_for_the_call_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.whatsapp.gate.LOOKUP_SECONDS", 0.2)
    gate = Gate()
    actions: list[Callable[[], None]] = [
        lambda: gate.start(lambda: None, lambda: None, lambda: True),
        lambda: gate.stop(lambda: None),
    ]
    for action in actions:
        passed_at = time.monotonic()
        gate.wait_open()
        action()
        assert time.monotonic() - passed_at >= 0.2


def test_a_call_that_waits_comes_before_the_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.whatsapp.gate.LONGEST_WINDOW_SECONDS", 60.0)
    monkeypatch.setattr("connector.whatsapp.gate.LOOKUP_SECONDS", 1.0)
    gate, order = Gate(), deque[str]()
    written, starting = begin(gate)

    def call() -> None:
        gate.wait_open()
        order.append("call")

    calling = in_thread(call)
    calling.join(0.05)
    following = in_thread(lambda: gate.start(lambda: None, lambda: order.append("start"), lambda: True))
    written.set()
    for thread in (starting, calling, following):
        thread.join(10)
    assert list(order) == ["call", "start"]


def test_those_that_wait_to_stop_are_stopped_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.whatsapp.gate.LONGEST_WINDOW_SECONDS", 60.0)
    gate, stopped_by = Gate(), deque[int]()
    written, starting = begin(gate)
    stopping = [in_thread(lambda: gate.stop(lambda: stopped_by.append(threading.get_ident()))) for _ in range(20)]
    stopping[-1].join(0.1)
    assert not stopped_by
    written.set()
    for thread in (starting, *stopping):
        thread.join(5)
    assert len(stopped_by) == 20
    assert len(set(stopped_by)) < 5
