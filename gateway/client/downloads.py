"""Files that are read: which one a caller means, and where it is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from gateway.client import file_calls
from gateway.client.calls import Id
from gateway.client.models import Message
from gateway.client.runner import Runner


class Downloading:
    """The part of a session that reads files.

    A file is given by its message, or by its own id. Raise MediaPending while it has not come from WhatsApp,
    MediaUnavailable where it never will, or is not kept any more, NotFound, and ValueError for a message without a
    file.
    """

    id: UUID
    _gateway: Runner

    def download(self, file: Message | Id) -> bytes:
        """Return a file as a whole."""
        return self._gateway.download(self.id, file)

    def save(self, file: Message | Id, to: str | os.PathLike[str]) -> Path:
        """Write a file to a path piece by piece, and return that; it is there once it is whole. Raise OSError."""
        with whole(to) as there:
            self._gateway.receive(file_calls.file_of(self.id, file), there.write)
        return Path(to)


@contextmanager
def whole(to: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file that gets its name when it was written without an error, and is removed after one."""
    part = Path(f"{os.fspath(to)}.part")
    try:
        with part.open("wb") as there:
            yield there
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
