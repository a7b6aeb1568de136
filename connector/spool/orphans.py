"""What dead workers of this machine left in their spools: carried over before anybody here takes their shards.

That nobody holds the lock of a worker's file proves that it is dead. So its leases are released then, too: others would
have to wait until they may take them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from connector.spool.records import SpoolDamaged
from connector.spool.spool_file import DAMAGED, LIVE, ORPHANED, SpoolFile
from gateway.store import leases, spools
from gateway.store.database import Database
from gateway.store.failures import is_passing
from gateway.telemetry import log_failure

log = logging.getLogger(__name__)


class Orphans:
    """Finds the files of dead workers; several processes may look, each file is carried over by one of them."""

    def __init__(self, directory: Path, database: Database) -> None:
        self._directory = directory
        self._database = database
        self._busy = threading.Lock()
        # Workers of other gateways on this machine that share the directory, which they should not.
        self._foreign: set[str] = set()

    def carry_over(self) -> bool:
        """Carry over what is there. Return whether nothing is left."""
        with self._busy:
            claimed, is_other_busy = self._claim()
            carried = [self._try_carry(file) for file in claimed]
            return all(carried) and not is_other_busy

    def are_gone(self, then: Callable[[], None]) -> bool:
        """Return whether nothing is left; otherwise begin to carry it over on a thread, and call `then` afterwards."""
        if self._busy.locked():
            return False
        if not self._paths():
            return True
        claimed, is_other_busy = self._claim()
        if claimed:
            threading.Thread(target=self._carry_all, args=(claimed, then), name="orphans", daemon=True).start()
        return not claimed and not is_other_busy

    def _carry_all(self, claimed: list[SpoolFile], then: Callable[[], None]) -> None:
        with self._busy:
            for file in claimed:
                self._try_carry(file)
        then()

    def _paths(self) -> list[Path]:
        found = [path for suffix in (ORPHANED, LIVE) for path in self._directory.glob(f"*{suffix}")]
        return [path for path in sorted(found) if path.stem not in self._foreign]

    def _claim(self) -> tuple[list[SpoolFile], bool]:
        """Return the files of the dead, locked for us, and whether somebody else carries one over."""
        claimed: list[SpoolFile] = []
        is_other_busy = False
        for path in self._paths():
            try:
                if (file := SpoolFile.claim(path)) is not None:
                    file.rename(ORPHANED)
                    claimed.append(file)
                elif path.suffix == ORPHANED and path.exists():
                    is_other_busy = True
            except OSError as error:
                log.warning("a spool cannot be opened", extra={"worker": path.stem, "errno": error.errno})
        return claimed, is_other_busy

    def _try_carry(self, file: SpoolFile) -> bool:
        """Return False when the database did not take it: somebody will try again."""
        try:
            self._carry(file)
        except Exception as error:  # noqa: BLE001 - the file stays, and is found again
            if is_passing(error):
                log.warning("a dead worker's spool waits", extra={"error": type(error).__name__})
            else:
                log_failure(log, error)
            file.close()
            return False
        return True

    def _carry(self, file: SpoolFile) -> None:
        with self._database.transaction() as connection:
            is_ours = spools.is_known(connection, file.worker)
        if not is_ours:
            log.warning("a spool of another gateway lies in our directory", extra={"worker": file.worker})
            self._foreign.add(file.worker)
            file.rename(LIVE)
            return file.close()
        is_whole = self._carry_events(file)
        with self._database.transaction() as connection:
            released = leases.release_worker(connection, file.worker)
        log.info("a dead worker's shards are released", extra={"worker": file.worker, "shards": released})
        file.remove() if is_whole else file.close()
        with self._database.transaction() as connection:
            spools.forget(connection, file.worker)
        return None

    def _carry_events(self, file: SpoolFile) -> bool:
        """Return whether every complete record could be read; otherwise the file is set aside for people."""
        count = offset = 0
        try:
            while (read := file.read(offset))[0]:
                events, offset = read
                spools.carry(self._database, file.worker, events)
                count += len(events)
        except SpoolDamaged:
            log.error("a spool is damaged", extra={"worker": file.worker, "bytes": file.size - offset})
            file.rename(DAMAGED)
            return False
        if count:
            log.info("carried over what a dead worker had received", extra={"worker": file.worker, "count": count})
        if offset < file.size:
            log.warning("the last record is incomplete", extra={"worker": file.worker, "bytes": file.size - offset})
        return True
