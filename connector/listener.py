"""An accelerator: PostgreSQL's NOTIFY wakes the owner at commit. Never relied on."""

from __future__ import annotations

import logging
import threading
from uuid import UUID

import psycopg

from connector.backoff import Backoff
from connector.doorbells import Ring

log = logging.getLogger(__name__)

CHANNEL = "gateway_doorbell"
# How long a dead connection may go unnoticed.
CHECK_SECONDS = 30.0


class Listener:
    def __init__(self, dsn: str, ring: Ring) -> None:
        self._dsn = dsn
        self._ring = ring
        self._stop = threading.Event()
        self._backoff = Backoff(0.5, 10.0)

    def start(self) -> None:
        threading.Thread(target=self._run, name="listener", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                log.warning("notifications are not heard", extra={"error": type(error).__name__})
            except Exception:
                log.exception("hearing notifications failed")
            self._stop.wait(self._backoff.next())

    def _listen(self) -> None:
        with psycopg.connect(self._dsn, autocommit=True, connect_timeout=5) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._backoff.reset()
            while not self._stop.is_set():
                for notification in connection.notifies(timeout=CHECK_SECONDS):
                    self._hear(notification.payload)
                connection.execute("SELECT 1")

    def _hear(self, payload: str) -> None:
        shard, _, session_id = payload.partition(":")
        try:
            self._ring(int(shard), UUID(session_id))
        except ValueError:
            log.warning("a notification could not be read")
