"""So many at once, the others in line."""

from __future__ import annotations

from connector.turnstile import Turnstile


def test_who_comes_first_goes_first() -> None:
    called: list[str] = []
    turnstile = Turnstile(1)
    assert turnstile.enter("a", lambda: called.append("a"))
    assert not turnstile.enter("b", lambda: called.append("b"))
    assert not turnstile.enter("c", lambda: called.append("c"))
    turnstile.leave("a")
    assert called == ["b"]
    assert not turnstile.enter("c", lambda: called.append("c"))
    assert turnstile.enter("b", lambda: called.append("b"))
    turnstile.leave("b")
    assert called == ["b", "c"]
    assert turnstile.enter("c", lambda: called.append("c"))


def test_asking_again_changes_nothing() -> None:
    turnstile = Turnstile(2)
    assert all(turnstile.enter("a", lambda: None) for _ in range(3))
    assert turnstile.enter("b", lambda: None)
    assert not turnstile.enter("c", lambda: None)


def test_who_leaves_the_line_is_forgotten() -> None:
    called: list[str] = []
    turnstile = Turnstile(1)
    turnstile.enter("a", lambda: None)
    turnstile.enter("b", lambda: called.append("b"))
    turnstile.enter("c", lambda: called.append("c"))
    turnstile.leave("b")
    turnstile.leave("a")
    assert called == ["c"]


def test_a_place_that_was_freed_is_not_taken_out_of_turn() -> None:
    turnstile = Turnstile(1)
    turnstile.enter("a", lambda: None)
    turnstile.enter("b", lambda: None)
    turnstile.leave("a")
    assert not turnstile.enter("late", lambda: None)
    assert turnstile.enter("b", lambda: None)
