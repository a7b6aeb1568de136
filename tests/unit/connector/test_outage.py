"""Who may dial while WhatsApp is away."""

from __future__ import annotations

import queue
from collections.abc import Iterable
from functools import partial

import pytest

from connector.sessions import outage as module
from connector.sessions.outage import Outage, QueuedDial

COUNT = 20


@pytest.fixture
def outage() -> Outage:
    found = Outage()
    found.begin()
    return found


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody tries of itself while the test runs."""
    monkeypatch.setattr(module, "TRY_SECONDS", 3600.0)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRY_SECONDS", 0.01)


def allowed(woken: queue.SimpleQueue[int], count: int) -> list[int]:
    """Who may dial next, in this order."""
    return [woken.get(timeout=10) for _ in range(count)]


def wait(outage: Outage, numbers: Iterable[int], woken: queue.SimpleQueue[int]) -> list[QueuedDial]:
    return [outage.queue(partial(woken.put, number)) for number in numbers]


def test_nobody_waits_while_whatsapp_is_there() -> None:
    assert all(dial.is_allowed for dial in wait(Outage(), range(COUNT), queue.SimpleQueue()))


@pytest.mark.usefixtures("seldom")
def test_all_that_wait_dial_in_order_once_one_is_connected(outage: Outage) -> None:
    woken: queue.SimpleQueue[int] = queue.SimpleQueue()
    dials = wait(outage, range(COUNT), woken)
    assert not any(dial.is_allowed for dial in dials)
    assert woken.empty()
    outage.end()
    assert allowed(woken, COUNT) == list(range(COUNT))
    assert all(dial.is_allowed for dial in dials)


@pytest.mark.usefixtures("soon")
def test_one_after_another_tries_meanwhile(outage: Outage) -> None:
    woken: queue.SimpleQueue[int] = queue.SimpleQueue()
    wait(outage, range(3), woken)
    assert allowed(woken, 3) == [0, 1, 2]
    # Whoever has tried in vain waits again, also when nobody else did.
    assert not wait(outage, [0], woken)[0].is_allowed
    assert allowed(woken, 1) == [0]


@pytest.mark.usefixtures("seldom")
def test_who_wants_no_more_is_left_out(outage: Outage) -> None:
    woken: queue.SimpleQueue[int] = queue.SimpleQueue()
    first, _ = wait(outage, range(2), woken)
    first.is_withdrawn = True
    outage.end()
    assert allowed(woken, 1) == [1]
    assert not first.is_allowed


@pytest.mark.usefixtures("seldom")
def test_who_comes_while_others_still_wait_comes_after_them(outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: queue.SimpleQueue[int] = queue.SimpleQueue()
    wait(outage, range(3), woken)
    monkeypatch.setattr(module, "BEGIN_SECONDS", 0.2)
    outage.end()
    wait(outage, [3], woken)
    assert allowed(woken, 4) == [0, 1, 2, 3]
    # Afterwards nobody waits.
    assert wait(outage, [0], woken)[0].is_allowed
