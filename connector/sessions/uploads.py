"""The uploads of one worker to WhatsApp: so many files and bytes at once, in turn between sessions, and watched.

The library takes a whole file and keeps it three times while it uploads; its HTTP has no time limit, and nothing ends a
call. So what hangs is given up after its time, its place is given to others, and its memory stays counted; where that
is half of what there is, the worker has to begin anew.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from gateway.metrics import Metric, measure

log = logging.getLogger(__name__)

# Of one session: the places of others stay free for them.
_AT_ONCE = 2
_LOOK_SECONDS = 5.0
# So slow an upload is none any more.
_SECONDS = 60.0
_BYTES_A_SECOND = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """`run` uploads; `renew` keeps its command from being taken by others; `give_up` ends the attempt from outside."""

    session_id: UUID
    size: int
    run: Callable[[], None]
    renew: Callable[[], None]
    give_up: Callable[[], None]

    @property
    def limit_seconds(self) -> float:
        """After how long it hangs."""
        return _SECONDS + self.size / _BYTES_A_SECOND


class Uploads:
    """`on_stuck` is called once, when too much hangs."""

    def __init__(self, most: int, most_bytes: int, on_stuck: Callable[[], None]) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._on_stuck = on_stuck
        self._lock = threading.Lock()
        self._waiting: OrderedDict[UUID, deque[Upload]] = OrderedDict()
        self._running: dict[Upload, float] = {}
        self._stuck: set[Upload] = set()
        self._watching: threading.Thread | None = None

    def begin(self, upload: Upload) -> None:
        """Upload on a thread of its own as soon as there is room."""
        with self._lock:
            self._waiting.setdefault(upload.session_id, deque()).append(upload)
            if self._watching is None:
                self._watching = threading.Thread(target=self._watch, name="uploads", daemon=True)
                self._watching.start()
        self._advance()

    def look(self) -> None:
        """Give up what hangs, and renew the others."""
        now = time.monotonic()
        with self._lock:
            stuck = [upload for upload, since in self._running.items() if now - since > upload.limit_seconds]
            for upload in stuck:
                del self._running[upload]
            self._stuck.update(stuck)
            others = [*self._running, *(upload for uploads in self._waiting.values() for upload in uploads)]
        for upload in stuck:
            measure(Metric.UPLOADS_STUCK)
            log.error("an upload hangs", extra={"session_id": str(upload.session_id), "bytes": upload.size})
            _attempt(upload.give_up)
        for upload in others:
            _attempt(upload.renew)
        if stuck and self._is_half_stuck():
            self._on_stuck()
        self._advance()

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            self.look()

    def _is_half_stuck(self) -> bool:
        with self._lock:
            held = sum(upload.size for upload in self._stuck)
            return 2 * len(self._stuck) >= self._most or 2 * held >= self._most_bytes

    def _advance(self) -> None:
        """Begin what has room now."""
        with self._lock:
            while (upload := self._next()) is not None:
                self._running[upload] = time.monotonic()
                threading.Thread(target=self._run, args=(upload,), name="upload", daemon=True).start()

    def _next(self) -> Upload | None:
        """Take the next upload that has room, of the session that has waited longest; its next one waits behind all."""
        if len(self._running) >= self._most:
            return None
        held = sum(upload.size for upload in (*self._running, *self._stuck))
        for session_id, uploads in self._waiting.items():
            at_once = sum(upload.session_id == session_id for upload in self._running)
            # One that is larger than all the room has it alone.
            if at_once < _AT_ONCE and (held + uploads[0].size <= self._most_bytes or not held):
                upload = uploads.popleft()
                self._waiting.move_to_end(session_id)
                if not uploads:
                    del self._waiting[session_id]
                return upload
        return None

    def _run(self, upload: Upload) -> None:
        _attempt(upload.run)
        with self._lock:
            self._running.pop(upload, None)
            self._stuck.discard(upload)
        self._advance()


def _attempt(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception:
        log.exception("an upload could not be tended")
