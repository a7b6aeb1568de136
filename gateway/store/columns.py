"""The columns of a query, named once: by the fields of the dataclass that holds a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from psycopg import Cursor

FirstT = TypeVar("FirstT")
SecondT = TypeVar("SecondT")


def columns_of(row: type[Any], alias: str = "", **expressions: str) -> str:
    """Return the select list that psycopg's `class_row(row)` needs.

    A field is the column of its name, of the table `alias` where that is given, unless `expressions` has SQL for it.
    """
    prefix = f"{alias}." if alias else ""
    return ", ".join(
        f"{expressions[field.name]} AS {field.name}" if field.name in expressions else prefix + field.name
        for field in fields(row)
    )


def pair_row(
    first: type[FirstT], second: type[SecondT]
) -> Callable[[Cursor[Any]], Callable[[Sequence[Any]], tuple[FirstT, SecondT | None]]]:
    """Return the row factory of a query with the columns of two dataclasses, those of the second by LEFT JOIN.

    The second is None where its first column, which is its key, is NULL.
    """
    count = len(fields(first))  # type: ignore[arg-type]

    def make(values: Sequence[Any]) -> tuple[FirstT, SecondT | None]:
        return first(*values[:count]), None if values[count] is None else second(*values[count:])

    return lambda _: make
