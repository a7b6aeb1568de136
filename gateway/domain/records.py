"""Records, which are frozen dataclasses, with other values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RecordT = TypeVar("RecordT", bound="DataclassInstance")


def with_values(record: RecordT, values: Mapping[str, Any]) -> RecordT:
    """Return the record with these values of its fields; itself where it has them, as a copy takes much longer."""
    news = {name: value for name, value in values.items() if getattr(record, name) != value}
    return replace(record, **news) if news else record
