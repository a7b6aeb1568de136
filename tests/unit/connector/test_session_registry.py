"""Sessions of a shard that is acquired, moved and lost."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

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
    """Stands for a reconciler of a session that has moved, and ends when it is woken."""

    def __init__(self) -> None:
        self.times = 0

    def wake(self) -> None:
        self.times += 1


def test_a_session_that_moves_between_our_shards_has_one_reconciler() -> None:
    registry, session_id, old = SessionRegistry(cast(Resources, None)), UUID(int=1), Woken()
    for shard in (3, 4):
        registry.open(Term(shard, shard, float("inf")))
    registry._shards[3].reconcilers = cast(dict[UUID, Reconciler], {session_id: old})
    registry.wake(4, session_id)
    assert (old.times, registry.size) == (1, 1), "no second socket while the first may be open"


class Begun(SessionRegistry):
    """A registry that notes when a session begins, and runs none."""

    def __init__(self, due: list[DueSession]) -> None:
        database, settings = SimpleNamespace(ask=lambda _find: due), SimpleNamespace(look_interval_seconds=5.0)
        super().__init__(cast(Resources, SimpleNamespace(database=database, settings=settings)))
        self.times: list[float] = []

    def wake(self, shard: int, session_id: UUID) -> None:
        self.times.append(time.monotonic())


def test_many_sessions_do_not_all_begin_at_once() -> None:
    registry = Begun([DueSession(UUID(int=number), 3, True, False, False) for number in range(20)])
    registry.open(Term(3, 1, float("inf")))
    registry.wake_due()
    assert len(registry.times) == 20
    assert registry.times[-1] - registry.times[0] >= 19 * BEGIN_SECONDS
