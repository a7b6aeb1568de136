"""Rings functions/replies for turns that were opened, off the threads that store messages."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterable

from gateway.aws.queues import QueuesUnavailable, TurnQueue
from gateway.domain.turns import DueTurn

log = logging.getLogger(__name__)


class TurnNotifier:
    """What cannot be rung is left to the sweeper, which looks at the rows."""

    def __init__(self, turns: TurnQueue) -> None:
        self._turns = turns
        self._waiting: queue.SimpleQueue[DueTurn] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="turn-bells", daemon=True)
        self._starting = threading.Lock()

    def ring(self, bells: Iterable[DueTurn]) -> None:
        """Returns at once; to be called after COMMIT."""
        for bell in bells:
            self._waiting.put(bell)
            with self._starting:
                if self._thread.ident is None:
                    self._thread.start()

    def _run(self) -> None:
        while True:
            bell = self._waiting.get()
            try:
                self._turns.send(bell)
            except QueuesUnavailable as error:
                dropped = self._drop()
                log.warning("turns are not rung for", extra={"error": str(error), "turns": dropped + 1})
            except Exception:
                log.exception("ringing for a turn failed")

    def _drop(self) -> int:
        """Trying each while SQS is away would only hold up the later ones."""
        dropped = 0
        while not self._waiting.empty():
            self._waiting.get()
            dropped += 1
        return dropped
