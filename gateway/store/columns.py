"""The columns of a query, named once: by the fields of the dataclass that holds a row."""

from __future__ import annotations

from dataclasses import fields
from typing import Any


def columns_of(row: type[Any], alias: str = "", **expressions: str) -> str:
    """Return the select list that psycopg's `class_row(row)` needs.

    A field is the column of its name, of the table `alias` where that is given, unless `expressions` has SQL for it.
    """
    prefix = f"{alias}." if alias else ""
    return ", ".join(
        f"{expressions[field.name]} AS {field.name}" if field.name in expressions else prefix + field.name
        for field in fields(row)
    )
