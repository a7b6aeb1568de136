"""A shard whose lease is lost."""

from __future__ import annotations

import threading
from typing import Any, cast
from uuid import UUID

from connector.sessions.reconciler import Reconciler
from connector.sessions.resources import Resources
from connector.shards.session_registry import SessionRegistry
from connector.term import Term


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
