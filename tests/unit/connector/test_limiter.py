"""So many at once, the others queued."""

from __future__ import annotations

from connector.sessions.limiter import FifoLimiter


def test_who_comes_first_goes_first() -> None:
    called: list[str] = []
    limiter = FifoLimiter(1)
    assert limiter.acquire("a", lambda: called.append("a"))
    assert not limiter.acquire("b", lambda: called.append("b"))
    assert not limiter.acquire("c", lambda: called.append("c"))
    limiter.release("a")
    assert called == ["b"]
    assert not limiter.acquire("c", lambda: called.append("c"))
    assert limiter.acquire("b", lambda: called.append("b"))
    limiter.release("b")
    assert called == ["b", "c"]
    assert limiter.acquire("c", lambda: called.append("c"))


def test_asking_again_changes_nothing() -> None:
    limiter = FifoLimiter(2)
    assert all(limiter.acquire("a", lambda: None) for _ in range(3))
    assert limiter.acquire("b", lambda: None)
    assert not limiter.acquire("c", lambda: None)


def test_who_gives_up_waiting_is_forgotten() -> None:
    called: list[str] = []
    limiter = FifoLimiter(1)
    limiter.acquire("a", lambda: None)
    limiter.acquire("b", lambda: called.append("b"))
    limiter.acquire("c", lambda: called.append("c"))
    limiter.release("b")
    limiter.release("a")
    assert called == ["c"]


def test_a_place_that_was_freed_is_not_taken_out_of_turn() -> None:
    limiter = FifoLimiter(1)
    limiter.acquire("a", lambda: None)
    limiter.acquire("b", lambda: None)
    limiter.release("a")
    assert not limiter.acquire("late", lambda: None)
    assert limiter.acquire("b", lambda: None)
