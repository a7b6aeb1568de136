"""Pages of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Query

RowT = TypeVar("RowT")

LimitDep = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
CursorDep = Annotated[str | None, Query(max_length=500, description="`nextCursor` of the page before.")]


def cut(rows: list[RowT], limit: int, cursor: Callable[[RowT], str]) -> tuple[list[RowT], str | None]:
    """The page, and the cursor after it if `rows`, read with one more than `limit`, shows that there is more."""
    page = rows[:limit]
    return page, cursor(page[-1]) if len(rows) > limit else None
