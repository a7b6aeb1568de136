from __future__ import annotations

from dataclasses import dataclass

from gateway.store.columns import columns_of


@dataclass
class Row:
    id: int
    name: str


def test_columns_are_the_fields_of_the_dataclass() -> None:
    assert columns_of(Row) == "id, name"
    assert columns_of(Row, "r", name="c.title") == "r.id, c.title AS name"
