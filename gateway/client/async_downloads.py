"""Files that a session of the asyncio client reads."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

from gateway.client import file_calls
from gateway.client.calls import Id
from gateway.client.downloads import whole
from gateway.client.models import Message
from gateway.client.runner import AsyncRunner


class AsyncDownloading:
    """The part of a session that reads files.

    A file is given by its message, or by its own id. Raise MediaPending while it has not come from WhatsApp,
    MediaUnavailable where it never will, or is not kept any more, NotFound, and ValueError for a message without a
    file.
    """

    id: UUID
    _gateway: AsyncRunner

    async def download(self, file: Message | Id) -> bytes:
        """Return a file as a whole."""
        return await self._gateway.download(self.id, file)

    async def save(self, file: Message | Id, to: str | os.PathLike[str]) -> Path:
        """Write a file to a path piece by piece, and return that; it is there once it is whole. Raise OSError."""
        with whole(to) as there:
            await self._gateway.receive(file_calls.file_of(self.id, file), there.write)
        return Path(to)
