"""Sends doorbells to functions, off the threads that store messages."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from gateway.aws.queues import QueuesUnavailable

log = logging.getLogger(__name__)

Item = TypeVar("Item")


class Doorbells(Generic[Item]):
    """Of one queue, by its `send`. One that fails is left to the sweeper, which reads the rows."""

    def __init__(self, name: str, send: Callable[[Item], None]) -> None:
        self._name = name
        self._send = send
        self._waiting: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"{name}-doorbells", daemon=True)
        self._starting = threading.Lock()

    def ring(self, items: Iterable[Item]) -> None:
        """Return at once; to be called after COMMIT."""
        for item in items:
            self._waiting.put(item)
            with self._starting:
                if self._thread.ident is None:
                    self._thread.start()

    def _run(self) -> None:
        while True:
            item = self._waiting.get()
            try:
                self._send(item)
            except QueuesUnavailable as error:
                extra = {"queue": self._name, "error": str(error), "doorbells": self._drop_waiting() + 1}
                log.warning("doorbells not sent", extra=extra)
            except Exception:
                log.exception("sending a doorbell failed", extra={"queue": self._name})

    def _drop_waiting(self) -> int:
        """Return how many were dropped: trying each while SQS is away would only hold up the later ones."""
        dropped = 0
        while not self._waiting.empty():
            self._waiting.get()
            dropped += 1
        return dropped
