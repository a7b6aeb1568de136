"""One id for all that a request sets off: its command, the worker that carries it out, log lines and events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def current() -> str | None:
    return _current.get()


@contextmanager
def correlated(correlation_id: str | None) -> Iterator[None]:
    """What happens inside, on this thread or task, carries the id."""
    token = _current.set(correlation_id)
    try:
        yield
    finally:
        _current.reset(token)
