"""What log lines are about: the request that caused them, and the session that they belong to.

Both follow the thread or task. The correlation id is the X-Request-ID of the request; it is stored with the command and
restored by the worker that carries it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

_correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
_session_id: ContextVar[UUID | None] = ContextVar("session_id", default=None)


def current() -> str | None:
    """Return the correlation id of this thread or task."""
    return _correlation_id.get()


def current_session() -> UUID | None:
    """Return the session that this thread or task works for."""
    return _session_id.get()


@contextmanager
def correlated(correlation_id: str | None) -> Iterator[None]:
    """Give the correlation id to everything that happens inside, on this thread or task."""
    token = _correlation_id.set(correlation_id)
    try:
        yield
    finally:
        _correlation_id.reset(token)


@contextmanager
def about_session(session_id: UUID) -> Iterator[None]:
    """Name the session in every log line written inside, on this thread or task."""
    token = _session_id.set(session_id)
    try:
        yield
    finally:
        _session_id.reset(token)
