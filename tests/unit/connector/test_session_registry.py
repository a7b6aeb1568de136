"""Sessions of a shard that is acquired, moved and lost."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import psycopg

from connector.sessions.outage import BEGIN_SECONDS
from connector.sessions.reconciler import Reconciler
from connector.sessions.resources import Resources
from connector.shards.session_registry import SessionRegistry
from connector.term import Term
from gateway.store.due import DueSession


class Abandoned:
    """Stands for a reconciler whose socket closes only when that of every other one does."""

    def __init__(self, all_closing: threading.Barrier) -> None:
        self._all_closing = all_closing

    def abandon(self) -> None:
        self._all_closing.wait(10)


def test_a_socket_that_is_slow_to_close_holds_up_no_other() -> None:
    registry, term = SessionRegistry(cast(Resources, None)), Term(3, 1, float("inf"))
    registry.open(term)
    all_closing = threading.Barrier(5)
    reconcilers: dict[UUID, Any] = {UUID(int=number): Abandoned(all_closing) for number in range(5)}
    registry._shards[term.shard].reconcilers = cast(dict[UUID, Reconciler], reconcilers)
    registry.drop(term)
    assert registry.size == 0
    assert not all_closing.broken


class Woken:
    """Stands for a reconciler that has acted on its row."""

    is_overdue = False

    def __init__(self, session_id: UUID) -> None:
        self.session_id = session_id
        self.times = 0

    def wake(self) -> None:
        self.times += 1

    wake_to_read = wake

    def has_acted_on(self, updated_at: datetime) -> bool:
        return updated_at == READ_AT


def test_a_session_that_moves_between_our_shards_has_one_reconciler() -> None:
    registry, session_id, old = SessionRegistry(cast(Resources, None)), UUID(int=1), Woken(UUID(int=1))
    for shard in (3, 4):
        registry.open(Term(shard, shard, float("inf")))
    registry._shards[3].reconcilers = cast(dict[UUID, Reconciler], {session_id: old})
    registry.wake(4, session_id)
    assert (old.times, registry.size) == (1, 1), "no second socket while the first may be open"


READ_AT = datetime(2026, 1, 1, tzinfo=UTC)


def unsettled(number: int, updated_at: datetime = READ_AT, *, is_to_be_read: bool = False) -> DueSession:
    return DueSession(
        UUID(int=number), 3, updated_at, True, is_to_be_read=is_to_be_read, has_commands=False, has_events=False
    )


class Begun(SessionRegistry):
    """A registry that notes when a session begins, and runs none."""

    def __init__(self, due: list[DueSession]) -> None:
        database, settings = SimpleNamespace(ask=lambda _find: due), SimpleNamespace(look_interval_seconds=5.0)
        super().__init__(cast(Resources, SimpleNamespace(database=database, settings=settings)))
        self.times: list[float] = []

    def wake(self, shard: int, session_id: UUID) -> None:
        self.times.append(time.monotonic())


def test_a_shard_that_is_opened_has_only_its_own_sessions_looked_for() -> None:
    asked: list[tuple[list[int], bool]] = []
    is_away = False

    def ask(find: partial[list[DueSession]]) -> list[DueSession]:
        asked.append(([lease.shard for lease in find.keywords["leases"]], find.keywords["with_connected"]))
        if is_away:
            raise psycopg.OperationalError
        return []

    registry = Begun([])
    registry._resources.database.ask = ask  # type: ignore[method-assign,assignment]
    registry.wake_due()
    for shards in ((3,), (4, 5), ()):
        for shard in shards:
            registry.open(Term(shard, 1, float("inf")))
        registry.wake_opened()
    assert asked == [([3], True), ([4, 5], True)]
    registry.wake_due()
    assert asked[2:] == [([3, 4, 5], False)]
    is_away = True
    registry.open(Term(6, 1, float("inf")))
    registry.wake_opened()
    registry.wake_due()
    assert asked[3:] == [([6], True), ([3, 4, 5, 6], True)], "what could not be asked is part of the next look"


def test_many_sessions_do_not_all_begin_at_once() -> None:
    registry = Begun([unsettled(number) for number in range(20)])
    registry.open(Term(3, 1, float("inf")))
    registry.wake_opened()
    assert len(registry.times) == 20
    assert registry.times[-1] - registry.times[0] >= 19 * BEGIN_SECONDS


def test_a_session_that_runs_is_woken_where_its_row_tells_of_more_than_it_has_acted_on_and_now_and_then() -> None:
    later = READ_AT + timedelta(seconds=1)
    registry = Begun([unsettled(1), unsettled(2, later), unsettled(3, is_to_be_read=True)])
    acted, changed = (Woken(UUID(int=number)) for number in (1, 2))
    registry.open(Term(3, 1, float("inf")))
    registry._shards[3].reconcilers = cast(dict[UUID, Reconciler], {each.session_id: each for each in (acted, changed)})
    registry.wake_due()
    sure = (acted.times, changed.times)
    for _ in range(3):
        registry.wake_due()
    assert sure == (1, 1), "the first look is at all"
    assert (acted.times, changed.times) == (1, 4)
    registry.look_at(3, UUID(int=1))
    assert acted.times == 2, "a doorbell rings for something"
