"""Hears the doorbells of the shards this worker holds: one long poll a shard."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from connector.backoff import Backoff
from gateway.aws.queues import CommandQueues

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 20
RETRY_BASE_SECONDS = 0.5
RETRY_LIMIT_SECONDS = 5.0

WakeSession = Callable[[int, UUID], None]


class DoorbellPoller:
    def __init__(self, queues: CommandQueues, ring: WakeSession) -> None:
        self._queues = queues
        self._ring = ring
        self._lock = threading.Lock()
        self._pollers: dict[int, _ShardPoller] = {}

    def attend(self, shard: int) -> None:
        with self._lock:
            if shard not in self._pollers:
                self._pollers[shard] = _ShardPoller(self._queues, shard, self._ring)

    def leave(self, shard: int) -> None:
        """Returns at once; a poll under way may still end, and what it receives goes back to the queue."""
        with self._lock:
            poller = self._pollers.pop(shard, None)
        if poller is not None:
            poller.stop()

    def leave_all(self) -> None:
        for shard in list(self._pollers):
            self.leave(shard)

    @property
    def slowest_tick(self) -> float:
        """Seconds since the poller that has been silent for longest last finished a poll, whatever came of it."""
        with self._lock:
            return max((poller.age for poller in self._pollers.values()), default=0.0)


class _ShardPoller:
    def __init__(self, queues: CommandQueues, shard: int, ring: WakeSession) -> None:
        self._queues = queues
        self._shard = shard
        self._ring = ring
        self._stop = threading.Event()
        self._ticked_at = time.monotonic()
        self._backoff = Backoff(RETRY_BASE_SECONDS, RETRY_LIMIT_SECONDS)
        self._away = False
        threading.Thread(target=self._run, name=f"doorbell-{shard}", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    @property
    def age(self) -> float:
        return time.monotonic() - self._ticked_at

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._poll()
            except (BotoCoreError, ClientError) as error:
                self._note_away(error)
                self._stop.wait(self._backoff.next())
            except Exception:
                log.exception("hearing doorbells failed", extra={"shard": self._shard})
                self._stop.wait(self._backoff.next())
            self._ticked_at = time.monotonic()

    def _poll(self) -> None:
        bells = self._queues.receive(self._shard, LONGEST_WAIT_SECONDS)
        self._note_back()
        if not bells or self._stop.is_set():
            return
        for session_id in {bell.session_id for bell in bells}:
            self._ring(self._shard, session_id)
        self._queues.delete(self._shard, bells)

    def _note_away(self, error: Exception) -> None:
        """Once for each absence: the rows are looked at all the same."""
        if not self._away:
            self._away = True
            log.warning("doorbells cannot be heard", extra={"shard": self._shard, "error": type(error).__name__})

    def _note_back(self) -> None:
        self._backoff.reset()
        if self._away:
            self._away = False
            log.info("doorbells are heard again", extra={"shard": self._shard})
