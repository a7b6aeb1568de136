"""Files that are given to be sent: by a path, as bytes, or open; read piece by piece while they are uploaded."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias

GivenFile: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO
# Takes how many bytes were read, and how many there are.
Progress: TypeAlias = Callable[[int, int], None]


class Part:
    """A file as a part of a form; read again from its beginning where the request is made again."""

    def __init__(self, name: str, file: BinaryIO, progress: Progress | None) -> None:
        self.name = name
        self._file = file
        self._progress = progress
        self._beginning = file.tell()
        self._size = file.seek(0, os.SEEK_END) - self._beginning
        self.rewind()

    def rewind(self) -> None:
        """Begin again."""
        self._file.seek(self._beginning)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, and tell how far it is."""
        data = self._file.read(size)
        if self._progress is not None and data:
            self._progress(self.tell(), self._size)
        return data

    def tell(self) -> int:
        return self._file.tell() - self._beginning

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move within the part, as a file does."""
        at = offset + self._beginning if whence == os.SEEK_SET else offset
        return self._file.seek(at, whence) - self._beginning


@contextmanager
def opened(file: GivenFile, name: str | None, progress: Progress | None) -> Iterator[Part]:
    """Open a file; what was open stays open. Raise OSError for a path that cannot be read."""
    if isinstance(file, bytes):
        yield Part(name or "file", io.BytesIO(file), progress)
    elif isinstance(file, str | os.PathLike):
        with Path(file).open("rb") as there:
            yield Part(name or Path(file).name, there, progress)
    else:
        own = getattr(file, "name", None)
        yield Part(name or (Path(own).name if isinstance(own, str) else "file"), file, progress)
