"""Tells functions/webhooks of new events, off the threads that write them, and a few times a second at most."""

from __future__ import annotations

import logging
import threading
import time

from gateway.event_bell import EventBell

log = logging.getLogger(__name__)

_REST_SECONDS = 0.25
# After it was found that nobody listens: so long the first webhook may wait for its first event.
_REST_WITHOUT_LISTENERS_SECONDS = 2.0


class EventRinger:
    """What is written while it rests is told of together."""

    def __init__(self, bell: EventBell) -> None:
        self._bell = bell
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event-ringer", daemon=True)
        self._starting = threading.Lock()

    def ring(self) -> None:
        """Return at once; to be called after COMMIT."""
        self._wanted.set()
        if self._thread.ident is None:
            with self._starting:
                if self._thread.ident is None:
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            time.sleep(_REST_SECONDS if self._tell() else _REST_WITHOUT_LISTENERS_SECONDS)

    def _tell(self) -> bool:
        try:
            return self._bell.ring()
        except Exception:
            log.exception("telling of events failed")
            return False
