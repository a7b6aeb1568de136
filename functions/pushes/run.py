"""A run of functions/pushes: follows the event log for all who have subscribed, until its time is over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

from functions.pushes.subscriber import Subscriber
from functions.pushes.subscribers import Subscribers
from gateway.aws.connections import Connections
from gateway.aws.queues import PushQueue
from gateway.event_tail import EventTail
from gateway.store import push_connections, push_lease
from gateway.store.database import Database
from gateway.store.ids import new_id

_LEASE_SECONDS = 30.0
_RENEW_SECONDS = 5.0
# How soon a new subscription is noticed, and an outage is tried to be over.
_LOOK_SECONDS = 0.5
# How soon it is noticed that a key has ended.
_CHECK_SECONDS = 15.0


class Pushes:
    """What runs have in common."""

    def __init__(
        self, database: Database, connections: Connections, queue: PushQueue, tail: EventTail, at_once: int
    ) -> None:
        self._database = database
        self._connections = connections
        self._queue = queue
        self._tail = tail
        self._at_once = at_once

    def run(self, ends_at: float) -> None:
        """Push until nobody wants events, or until `ends_at` (time.monotonic()): then have another run begin.

        Return at once while another run is under way. Raises psycopg.OperationalError and QueuesUnavailable.
        """
        holder = new_id()
        with self._leased(holder) as has_lease:
            if not has_lease:
                return
            with ThreadPoolExecutor(self._at_once) as pool, Subscribers(self._tail) as subscribers:
                self._push(holder, ends_at, pool, subscribers)
        self._tail.wait_until_idle()
        with self._database.transaction() as connection:
            goes_on = push_connections.are_there(connection)
        if goes_on:
            self._queue.send()

    @contextmanager
    def _leased(self, holder: UUID) -> Iterator[bool]:
        with self._database.transaction() as connection:
            has_lease = push_lease.take(connection, holder, _LEASE_SECONDS)
        yield has_lease
        if has_lease:
            with self._database.transaction() as connection:
                push_lease.release(connection, holder)

    def _push(self, holder: UUID, ends_at: float, pool: Executor, subscribers: Subscribers) -> None:
        renew_at = time.monotonic() + _RENEW_SECONDS
        check_at = time.monotonic() + _CHECK_SECONDS
        while (now := time.monotonic()) < ends_at:
            with self._database.transaction() as connection:
                if now >= renew_at:
                    renew_at = now + _RENEW_SECONDS
                    if not push_lease.take(connection, holder, _LEASE_SECONDS):
                        return
                rows = push_connections.subscribed(connection)
            if not rows:
                return
            subscribers.change_to(rows, lambda row: Subscriber(row, self._database, self._connections, pool))
            subscribers.wake(everybody=now >= check_at)
            check_at = now + _CHECK_SECONDS if now >= check_at else check_at
            time.sleep(_LOOK_SECONDS)
