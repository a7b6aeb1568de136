"""Receives the doorbells of the shards this worker holds: one long poll a shard."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from uuid import UUID

from gateway.aws.queues import CommandQueues, QueuesUnavailable
from gateway.backoff import Backoff

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 20
# The first rest is shorter: sessions have connected by then, and what SQS needs is loaded before they are idle.
FIRST_REST_SECONDS = 20.0
REST_SECONDS = 100.0
RETRY_BASE_SECONDS = 0.5
RETRY_LIMIT_SECONDS = 5.0

# Takes a shard and a session that may have something to do.
WakeSession = Callable[[int, UUID], None]


class DoorbellPoller:
    """`wake` is called for each session that a doorbell names.

    It `rests` at first, and after each poll that brings nothing: where NOTIFY wakes sessions, nothing is late by that.
    A poll takes 2 ms of a processor, and the first half a second, in which all sessions connect.
    """

    def __init__(self, queues: CommandQueues, wake: WakeSession, *, rests: bool = False) -> None:
        self._queues = queues
        self._wake = wake
        self._rest = REST_SECONDS if rests else 0.0
        self._lock = threading.Lock()
        self._shards: dict[int, _ShardPoller] = {}

    def start(self, shard: int) -> None:
        """Poll the queue of a shard from now on."""
        with self._lock:
            if shard not in self._shards:
                self._shards[shard] = _ShardPoller(self._queues, shard, self._wake, self._rest)

    def stop(self, shard: int) -> None:
        """Return at once; a poll under way may still end, and what it receives goes back to the queue."""
        with self._lock:
            poller = self._shards.pop(shard, None)
        if poller is not None:
            poller.stop()

    def stop_all(self) -> None:
        for shard in list(self._shards):
            self.stop(shard)

    @property
    def oldest_poll_age(self) -> float:
        """Seconds for which the poll that is due for longest has been due, however long it takes."""
        with self._lock:
            return max((poller.age for poller in self._shards.values()), default=0.0)


class _ShardPoller:
    def __init__(self, queues: CommandQueues, shard: int, wake: WakeSession, rest_seconds: float) -> None:
        self._queues = queues
        self._shard = shard
        self._wake = wake
        self._rest = rest_seconds
        self._stop = threading.Event()
        self._first_rest = min(rest_seconds, FIRST_REST_SECONDS)
        self._due_at = time.monotonic() + self._first_rest
        self._backoff = Backoff(RETRY_BASE_SECONDS, RETRY_LIMIT_SECONDS)
        self._is_away = False
        threading.Thread(target=self._run, name=f"doorbell-poller-{shard}", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    @property
    def age(self) -> float:
        """Seconds since the poll was to begin that is under way; 0 while it rests."""
        return max(time.monotonic() - self._due_at, 0.0)

    def _run(self) -> None:
        pause = self._first_rest
        while not self._stop.wait(pause):
            try:
                pause = 0.0 if self._poll() else self._rest
            except QueuesUnavailable as error:
                self._report_away(error)
                pause = self._backoff.next()
            except Exception:
                log.exception("receiving doorbells failed", extra={"shard": self._shard})
                pause = self._backoff.next()
            self._due_at = time.monotonic() + pause

    def _poll(self) -> bool:
        """Return whether anything came."""
        doorbells = self._queues.receive(self._shard, LONGEST_WAIT_SECONDS)
        self._report_back()
        if not doorbells or self._stop.is_set():
            return False
        for session_id in {doorbell.session_id for doorbell in doorbells}:
            self._wake(self._shard, session_id)
        self._queues.delete(self._shard, doorbells)
        return True

    def _report_away(self, error: QueuesUnavailable) -> None:
        """Log once for each absence: the rows are read all the same."""
        if not self._is_away:
            self._is_away = True
            log.warning("doorbells cannot be received", extra={"shard": self._shard, "error": str(error)})

    def _report_back(self) -> None:
        self._backoff.reset()
        if self._is_away:
            self._is_away = False
            log.info("doorbells are received again", extra={"shard": self._shard})
