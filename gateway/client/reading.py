"""By which client a response is read: the messages in it get their files by the same one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from gateway.client.runner import AsyncRunner, Runner


@dataclass(frozen=True, slots=True, eq=False)
class ReadBy:
    """A client, of one kind or none; it makes no two messages different, and stays behind when one is pickled."""

    blocking: Runner | None = None
    asynchronous: AsyncRunner | None = None

    def download(self, session_id: UUID, media_id: str) -> bytes:
        """Return a file as a whole. Raise ValueError where no blocking client has read the message."""
        if self.blocking is None:
            raise ValueError("No Gateway has read this message: use `download` of a session, or `download_async`.")
        return self.blocking.download(session_id, media_id)

    async def download_async(self, session_id: UUID, media_id: str) -> bytes:
        """Return a file as a whole. Raise ValueError where no asyncio client has read the message."""
        if self.asynchronous is None:
            raise ValueError("No AsyncGateway has read this message: use `download` of it, or of a session.")
        return await self.asynchronous.download(session_id, media_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReadBy)

    def __hash__(self) -> int:
        return hash(ReadBy)

    def __deepcopy__(self, memo: dict[int, Any]) -> ReadBy:
        return self

    def __reduce__(self) -> tuple[type[ReadBy], tuple[()]]:
        return ReadBy, ()


_NOBODY = ReadBy()
_reader: ContextVar[ReadBy] = ContextVar("reader", default=_NOBODY)


def reader() -> ReadBy:
    """Return who reads now."""
    return _reader.get()


@contextmanager
def reading(by: ReadBy) -> Iterator[None]:
    """What is made of responses in the block is read by this client."""
    token = _reader.set(by)
    try:
        yield
    finally:
        _reader.reset(token)
