"""The spool of one worker: takes received events within microseconds, and carries them into the inbox by groups.

A callback of a client appends its event to a file and returns, so that nothing waits in Go. One thread writes into the
inbox what has come meanwhile, in its order, and erases the file when the database has all of it. To write one takes as
long as to write many: the more were written, the longer those that follow are gathered. Receipts alone wait a moment
for others, because to process one takes as long, too. Where the file takes nothing more (it is full because the
database is away, or the disk is), callbacks wait in line until the inbox has their events; behind them Go, and
WhatsApp.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from connector.spool.records import SpoolDamaged
from connector.spool.spool_file import BATCH_EVENTS, DAMAGED, SpoolFile
from gateway.backoff import Backoff
from gateway.store import spools
from gateway.store.database import Database
from gateway.store.failures import is_passing
from gateway.store.spools import HISTORY_PIECE, SpooledEvent
from gateway.telemetry import log_failure

log = logging.getLogger(__name__)

# What nobody waits for, and for how long it waits for others.
_PATIENT_KIND = "Receipt"
GATHER_SECONDS = 0.25
# What comes after others is carried over together: how long the thread rests for each event that it has carried over.
REST_SECONDS = 0.01
LONGEST_REST_SECONDS = 0.03

OnCarried = Callable[[set[UUID]], None]


class Spool:
    """`on_carried` is told, on the spool's own thread, which sessions have something new in their inboxes, and
    `on_history` which have history to import."""

    def __init__(self, directory: Path, worker: str, database: Database, limit_bytes: int) -> None:
        self._directory = directory
        self._worker = worker
        self._database = database
        self._limit = limit_bytes
        self._changed = threading.Condition()
        self._file: SpoolFile | None = None
        self._offset = 0
        self._appended = self._carried = 0
        # Up to which event they are to be carried at once.
        self._urgent = 0
        # Up to which event somebody waits until they are, and whether: the thread does not rest then.
        self._awaited = 0
        self._hurry = threading.Event()
        # Of callbacks that wait because the file does not take their events; all are newer than those in the file.
        self._waiting: list[SpooledEvent] = []
        self._is_refused = False
        self._on_carried: OnCarried = lambda _: None
        self._on_history: OnCarried = lambda _: None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)

    def start(self, on_carried: OnCarried, on_history: OnCarried = lambda _: None) -> None:
        """Create the file, before the first event. Raises psycopg.Error."""
        with self._database.transaction() as connection:
            spools.begin(connection, self._worker)
        try:
            self._file = SpoolFile.create(self._directory, self._worker)
        except OSError as error:
            self._refuse(error)
        self._on_carried, self._on_history = on_carried, on_history
        self._thread.start()

    def append(self, session_id: UUID, device_jid: str, kind: str, payload: bytes) -> None:
        """Return once the event survives the end of this process."""
        with self._changed:
            event = SpooledEvent(self._appended + 1, session_id, device_jid, kind, payload)
            is_written = self._write(event)
            self._appended = event.number
            if not is_written:
                self._waiting.append(event)
            if kind != _PATIENT_KIND or not is_written:
                self._urgent = event.number
            if self._urgent == event.number or self.pending == 1:
                self._changed.notify_all()
            if not is_written:
                self._await(event.number)
                self._changed.wait_for(lambda: self._carried >= event.number)

    def flush(self, timeout: float) -> bool:
        """Wait until the inbox has everything that was appended before; False after `timeout` seconds."""
        with self._changed:
            number = self._urgent = self._appended
            self._await(number)
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._carried >= number, timeout)

    def close(self, timeout: float) -> bool:
        """End; what is not in the inbox after `timeout` seconds stays in the file for the successor.

        Raises psycopg.Error when only the row of the spool is left.
        """
        done = self.flush(timeout)
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        file, self._file = self._file, None
        if done and file is not None:
            file.remove()
            with self._database.transaction() as connection:
                spools.forget(connection, self._worker)
        return done

    @property
    def pending(self) -> int:
        """How many events are not in the inbox yet."""
        return self._appended - self._carried

    # appending

    def _write(self, event: SpooledEvent) -> bool:
        """Return whether the file has taken it; what comes after an event that waits must wait, too."""
        if self._file is None or self._waiting or self._file.size >= self._limit:
            return False
        try:
            self._file.append(event)
        except OSError as error:
            self._refuse(error)
            return False
        self._is_refused = False
        return True

    def _await(self, number: int) -> None:
        self._awaited = number
        self._hurry.set()

    def _refuse(self, error: OSError) -> None:
        if not self._is_refused:
            log.error("the spool takes nothing: received events wait for the database", extra={"errno": error.errno})
        self._is_refused = True

    # carrying

    def _run(self) -> None:
        backoff = Backoff(0.1, 1.0)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self.pending > 0)
                self._changed.wait_for(lambda: self._stopped or self._urgent > self._carried, GATHER_SECONDS)
                if self._stopped:
                    return
            try:
                count = self._carry()
                backoff.reset()
                self._hurry.wait(min(count * REST_SECONDS, LONGEST_REST_SECONDS))
            except Exception as error:  # noqa: BLE001 - whatever it is, what was received stays here until it is over
                self._log(error)
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped, backoff.next())

    def _carry(self) -> int:
        """Return how many events were carried over."""
        try:
            events, offset = self._next()
        except SpoolDamaged:
            self._set_aside()
            return 0
        spools.carry(self._database, self._worker, events)
        with self._changed:
            self._carried = events[-1].number
            if self._carried >= self._awaited:
                self._hurry.clear()
            self._offset = offset
            self._waiting = [event for event in self._waiting if event.number > self._carried]
            if self._file is not None and self._file.size and self._offset == self._file.size:
                self._file.erase()
                self._offset = 0
            self._changed.notify_all()
        self._on_carried({event.session_id for event in events if event.kind != HISTORY_PIECE})
        self._on_history({event.session_id for event in events if event.kind == HISTORY_PIECE})
        return len(events)

    def _set_aside(self) -> None:
        """Go on without a file that cannot be read, as if the disk took nothing; it stays there for people."""
        with self._changed:
            if (file := self._file) is not None:
                log.error("the spool is damaged", extra={"worker": self._worker, "bytes": file.size - self._offset})
                file.rename(DAMAGED)
                file.close()
            self._file = None
            self._offset = 0
            self._carried = self._waiting[0].number - 1 if self._waiting else self._appended
            self._changed.notify_all()

    def _next(self) -> tuple[list[SpooledEvent], int]:
        """Return the oldest events that are not carried over; those in the file are older than those that wait."""
        if self._file is not None and self._file.size > self._offset:
            events, offset = self._file.read(self._offset)
            if not events:
                raise SpoolDamaged("the file ends within a record")
            return events, offset
        with self._changed:
            return self._waiting[:BATCH_EVENTS], self._offset

    def _log(self, error: Exception) -> None:
        if is_passing(error):
            log.warning("the inbox takes nothing", extra={"error": type(error).__name__, "pending": self.pending})
        else:
            log_failure(log, error)
