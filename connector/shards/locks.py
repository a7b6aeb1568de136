"""The connection that holds the locks of this worker's shards, and that sees whose locks are free.

PostgreSQL drops the locks when the connection ends, whatever ended it: our death, its own, a network that is cut.
Others may take a shard whose lock has been free for the grace G. We see the end of our connection at once, or by its
silence, and have stopped our sockets within G/2: what ends with it never comes back under the same epoch.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
from psycopg.rows import DictRow, dict_row

from connector.term import Hold
from gateway.backoff import Backoff
from gateway.store import leases, shard_locks
from gateway.store.connecting import connect
from gateway.store.leases import Lease, Unowned

log = logging.getLogger(__name__)

# Looks in a grace: each may take three of these intervals before the silence counts as the end.
LOOKS_PER_GRACE = 8
# By these the server finds that we are gone where no packet says so; by default it takes two hours.
_SERVER_OPTIONS = """SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;
    SET application_name = 'gateway-locks'"""


class ShardLocks:
    """A thread that looks at all leases a few times a second, which also proves that its connection lives.

    `on_change` is called when the connection begins and ends, when a shard seems to have lost its owner, and when it
    may be taken.
    """

    def __init__(self, dsn: str, grace_seconds: float, ttl_seconds: float, on_change: Callable[[], None]) -> None:
        self._dsn = dsn
        self._grace = grace_seconds
        self._ttl = ttl_seconds
        self._on_change = on_change
        self._stop = threading.Event()
        self._backoff = Backoff(0.1, 2.0)
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[DictRow] | None = None
        self._hold: Hold | None = None
        self._held: set[int] = set()
        # Since when, on time.monotonic(), each has been seen without interruption.
        self._seen: dict[Unowned, float] = {}
        self._takeable: frozenset[Unowned] = frozenset()

    def start(self) -> None:
        threading.Thread(target=self._run, name="shard-locks", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    @property
    def sees_all_owned(self) -> bool:
        """Whether the connection lives and each shard has its owner: `on_change` tells when that changes."""
        return self._connection is not None and not self._seen

    @property
    def lost(self) -> list[tuple[str, Lease]]:
        """The terms, with their owners, that have been without their locks for the grace."""
        found = [each for each in self._takeable if each.owner is not None and not each.has_lapsed]
        return [(each.owner or "", Lease(each.shard, each.epoch)) for each in found]

    def try_lock(self, shard: int) -> Hold | None:
        """Lock a shard as long as the connection lives; None when somebody has it, or there is no connection.

        Raises psycopg.Error.
        """
        with self._lock:
            connection, hold = self._connection, self._hold
            if connection is None or hold is None:
                return None
            if shard not in self._held:
                if not shard_locks.try_lock(connection, shard):
                    return None
                self._held.add(shard)
            return hold

    def unlock(self, shard: int, hold: Hold) -> None:
        """Give up a lock that was taken under this hold, once the shard's sockets are closed."""
        with self._lock, suppress(psycopg.Error):
            if self._connection is not None and hold is self._hold and shard in self._held:
                self._held.discard(shard)
                shard_locks.unlock(self._connection, shard)

    def is_stuck(self, shard: int) -> bool:
        """Return whether a lease has lapsed and its lock has been held on for a TTL: its owner is frozen.

        Sooner it may be the database's clock that was moved, of which an owner learns when it renews.
        """
        return any(each.shard == shard and each.is_locked for each in self._takeable)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with connect(self._dsn, dict_row, autocommit=True) as connection:
                    self._keep(connection)
            except psycopg.Error as error:
                log.warning("the connection of the locks is closed", extra={"error": type(error).__name__})
            except Exception:
                log.exception("looking at the leases failed")
            self._forget()
            self._stop.wait(self._backoff.next())

    def _keep(self, connection: psycopg.Connection[DictRow]) -> None:
        """Look until the connection breaks, or has been silent for too long. Raises psycopg.Error."""
        connection.execute(_SERVER_OPTIONS)
        begun = time.monotonic()
        self._note(leases.unowned(connection))
        hold = Hold(begun + self._grace / 2)
        with self._lock:
            self._connection, self._hold = connection, hold
        self._backoff.reset()
        self._on_change()
        while not self._stop.wait(self._grace / LOOKS_PER_GRACE):
            begun = time.monotonic()
            found = leases.unowned(connection)
            if not hold.prolong(begun + self._grace / 2):
                return log.warning("the connection of the locks was silent for too long")
            self._note(found)
        return None

    def _note(self, found: list[Unowned]) -> None:
        now = time.monotonic()
        has_new = not self._seen.keys() >= set(found)
        self._seen = {each: self._seen.get(each, now) for each in found}
        takeable = frozenset(each for each, since in self._seen.items() if now - since >= self._wait_for(each))
        has_new = has_new or not self._takeable >= takeable
        self._takeable = takeable
        if has_new:
            self._on_change()

    def _wait_for(self, each: Unowned) -> float:
        if not each.has_lapsed:
            return self._grace
        return self._ttl if each.is_locked else 0.0

    def _forget(self) -> None:
        """End what ended with the connection; what was seen through it may have changed unseen."""
        with self._lock:
            if self._hold is not None:
                self._hold.end()
            self._connection = self._hold = None
            self._held.clear()
        self._seen, self._takeable = {}, frozenset()
        self._on_change()
