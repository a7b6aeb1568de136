"""Notifies functions/replies of turns that were opened, off the threads that store messages."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterable

from gateway.aws.queues import QueuesUnavailable, TurnQueue
from gateway.domain.turns import DueTurn

log = logging.getLogger(__name__)


class TurnNotifier:
    """A turn whose notification fails is left to the sweeper, which reads the rows."""

    def __init__(self, turn_queue: TurnQueue) -> None:
        self._turn_queue = turn_queue
        self._waiting: queue.SimpleQueue[DueTurn] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="turn-notifier", daemon=True)
        self._starting = threading.Lock()

    def notify(self, turns: Iterable[DueTurn]) -> None:
        """Return at once; to be called after COMMIT."""
        for turn in turns:
            self._waiting.put(turn)
            with self._starting:
                if self._thread.ident is None:
                    self._thread.start()

    def _run(self) -> None:
        while True:
            turn = self._waiting.get()
            try:
                self._turn_queue.send(turn)
            except QueuesUnavailable as error:
                dropped = self._drop_waiting()
                log.warning("turns are not notified of", extra={"error": str(error), "turns": dropped + 1})
            except Exception:
                log.exception("notifying of a turn failed")

    def _drop_waiting(self) -> int:
        """Return how many were dropped: trying each while SQS is away would only hold up the later ones."""
        dropped = 0
        while not self._waiting.empty():
            self._waiting.get()
            dropped += 1
        return dropped
