"""So many at once and so many of each group, the others in turn."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from connector.sessions.limiter import FairLimiter


def nothing() -> None: ...


class Crowd:
    """Holders of a limiter, who acquire until they have a place and count how often they are told so."""

    def __init__(self, limit: int, limit_of_group: int) -> None:
        self.limiter = FairLimiter(limit, limit_of_group)
        self.group_of: dict[str, str] = {}
        self.told: list[str] = []

    def acquire(self, holder: str, group: str) -> int:
        self.group_of[holder] = group
        return self.limiter.acquire(holder, group, lambda: self.told.append(holder))

    def release(self, holder: str) -> None:
        del self.group_of[holder]
        self.limiter.release(holder)

    def positions(self) -> dict[str, int]:
        return {holder: self.acquire(holder, group) for holder, group in self.group_of.items()}

    def holders(self) -> list[str]:
        return [holder for holder, position in self.positions().items() if position == 0]


def test_who_comes_first_goes_first() -> None:
    crowd = Crowd(1, 1)
    assert [crowd.acquire(holder, "group") for holder in "abc"] == [0, 1, 2]
    crowd.release("a")
    assert crowd.told == ["b"]
    assert crowd.positions() == {"b": 0, "c": 1}


def test_asking_again_changes_nothing() -> None:
    crowd = Crowd(2, 2)
    assert [crowd.acquire(holder, "group") for holder in "aaabcc"] == [0, 0, 0, 0, 1, 1]


def test_who_gives_up_waiting_is_forgotten() -> None:
    crowd = Crowd(1, 1)
    for holder in "abc":
        crowd.acquire(holder, holder)
    crowd.release("b")
    crowd.release("a")
    assert crowd.told == ["c"]


def test_a_place_that_was_freed_is_not_taken_out_of_turn() -> None:
    crowd = Crowd(1, 1)
    crowd.acquire("a", "a")
    crowd.acquire("b", "b")
    crowd.release("a")
    assert crowd.acquire("late", "late") == 1
    assert crowd.acquire("b", "b") == 0


def test_one_with_many_keeps_nobody_else_waiting() -> None:
    crowd = Crowd(4, 2)
    for number in range(100):
        crowd.acquire(f"many {number}", "many")
    assert len(crowd.holders()) == 2
    assert crowd.acquire("other", "other") == 0
    assert crowd.acquire("third", "third") == 0
    assert crowd.acquire("fourth", "fourth") <= 2
    crowd.release("other")
    assert "fourth" in crowd.holders()


Steps = st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 9), st.booleans()), max_size=60)


@given(limit=st.integers(1, 4), limit_of_group=st.integers(1, 3), steps=Steps)
def test_places_are_never_too_many_and_never_idle(
    limit: int, limit_of_group: int, steps: list[tuple[str, int, bool]]
) -> None:
    crowd = Crowd(limit, limit_of_group)
    for group, number, comes in steps:
        holder = f"{group}{number}"
        if comes:
            crowd.acquire(holder, group)
        elif holder in crowd.group_of:
            crowd.release(holder)
        positions = crowd.positions()
        held = Counter(holder[0] for holder, position in positions.items() if position == 0)
        waiting = sorted(position for position in positions.values() if position)
        assert held.total() <= limit
        assert all(count <= limit_of_group for count in held.values())
        assert waiting == list(range(1, len(waiting) + 1))
        if held.total() < limit:
            assert all(held[holder[0]] == limit_of_group for holder, position in positions.items() if position)


@given(crowds=st.dictionaries(st.sampled_from("ABCDE"), st.integers(1, 12), min_size=1), limit=st.integers(1, 3))
def test_each_group_gets_its_turn_whatever_the_others_want(crowds: dict[str, int], limit: int) -> None:
    """No group is admitted a second time while another waits that was not admitted since."""
    crowd = Crowd(limit, limit)
    for group, count in crowds.items():
        for number in range(count):
            crowd.acquire(f"{group}{number}", group)
    for _ in range(sum(crowds.values())):
        before = crowd.positions()
        [leaving, *_] = [holder for holder, position in before.items() if position == 0]
        crowd.release(leaving)
        told = crowd.told[-1:] if len(crowd.told) else []
        waiting = {holder for holder, position in before.items() if position}
        if waiting:
            assert before[told[0]] == 1
    turns = [holder[0] for holder in crowd.told]
    for index, group in enumerate(turns):
        since = turns[index + 1 :]
        if group in since:
            others = {other for other in since if other != group}
            between = set(since[: since.index(group)])
            assert others <= between
