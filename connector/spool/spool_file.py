"""A spool on the disk: records are appended, read, and erased together once all of them are carried over.

Nothing is synchronised to the disk: what was written survives every end of the process, not that of the machine. The
lock on the file is the kernel's and ends with the process: a file without it belongs to a dead one.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from connector.spool import records
from gateway.store.spools import SpooledEvent

LIVE, ORPHANED, DAMAGED = ".spool", ".orphan", ".damaged"
# What is read at once, and so written to the database by one statement.
BATCH_EVENTS = 500
BATCH_BYTES = 1 << 20


class SpoolFile:
    """Locked as long as it is open. Only its owner may read it: it holds what people wrote."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    @classmethod
    def create(cls, directory: Path, worker: str) -> SpoolFile:
        """Create a worker's file; nobody sees it before it is locked. Raises OSError."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = directory / f".{worker}"
        file = cls(draft, os.open(draft, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        fcntl.flock(file._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.rename(LIVE, worker)
        return file

    @classmethod
    def claim(cls, path: Path) -> SpoolFile | None:
        """Open the file of a dead worker, as the only one; None when its worker lives, or somebody was faster."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return cls(path, descriptor)
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(descriptor)
        return None

    @property
    def worker(self) -> str:
        return self.path.stem

    def append(self, event: SpooledEvent) -> None:
        """Append a record, whole or not at all. Raises OSError."""
        record = records.encode(event)
        try:
            written = os.write(self._descriptor, record)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        if written < len(record):
            os.ftruncate(self._descriptor, self.size)
            raise OSError("the disk took only a part of a record")
        self.size += len(record)

    def read(self, offset: int) -> tuple[list[SpooledEvent], int]:
        """Return the records that begin at an offset, as many as make a batch, and where the next one begins.

        Empty at the end, or where the rest is incomplete. Raises SpoolDamaged, OSError.
        """
        data = os.pread(self._descriptor, BATCH_BYTES, offset)
        if (first := records.size_of(data)) > len(data):
            data = os.pread(self._descriptor, min(first, self.size - offset), offset)
        events, size = records.decode(data, BATCH_EVENTS)
        return events, offset + size

    def erase(self) -> None:
        """Erase all records. Raises OSError."""
        os.ftruncate(self._descriptor, 0)
        self.size = 0

    def rename(self, suffix: str, worker: str | None = None) -> None:
        """Give the file another suffix, which says what it is. Raises OSError."""
        target = self.path.with_name(f"{worker or self.worker}{suffix}")
        self.path.rename(target)
        self.path = target

    def remove(self) -> None:
        """Delete the file, and close it."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Close the file, which is anybody's then."""
        os.close(self._descriptor)
