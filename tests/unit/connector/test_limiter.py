"""So many at once, the others in line."""

from __future__ import annotations

from connector.sessions.limiter import FifoLimiter


def test_who_comes_first_goes_first() -> None:
    called: list[str] = []
    limiter = FifoLimiter(1)
    assert limiter.enter("a", lambda: called.append("a"))
    assert not limiter.enter("b", lambda: called.append("b"))
    assert not limiter.enter("c", lambda: called.append("c"))
    limiter.leave("a")
    assert called == ["b"]
    assert not limiter.enter("c", lambda: called.append("c"))
    assert limiter.enter("b", lambda: called.append("b"))
    limiter.leave("b")
    assert called == ["b", "c"]
    assert limiter.enter("c", lambda: called.append("c"))


def test_asking_again_changes_nothing() -> None:
    limiter = FifoLimiter(2)
    assert all(limiter.enter("a", lambda: None) for _ in range(3))
    assert limiter.enter("b", lambda: None)
    assert not limiter.enter("c", lambda: None)


def test_who_leaves_the_line_is_forgotten() -> None:
    called: list[str] = []
    limiter = FifoLimiter(1)
    limiter.enter("a", lambda: None)
    limiter.enter("b", lambda: called.append("b"))
    limiter.enter("c", lambda: called.append("c"))
    limiter.leave("b")
    limiter.leave("a")
    assert called == ["c"]


def test_a_place_that_was_freed_is_not_taken_out_of_turn() -> None:
    limiter = FifoLimiter(1)
    limiter.enter("a", lambda: None)
    limiter.enter("b", lambda: None)
    limiter.leave("a")
    assert not limiter.enter("late", lambda: None)
    assert limiter.enter("b", lambda: None)
