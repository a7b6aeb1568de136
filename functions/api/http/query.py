"""The query of a request: a parameter that the operation does not know is refused, never ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from starlette.datastructures import QueryParams

from gateway.domain.errors import InvalidInput


def require_known(query: QueryParams, names: Collection[str]) -> None:
    """Raise InvalidInput, naming the parameter, for one that is not in `names`, and for one that is given twice."""
    given = Counter(name for name, _ in query.multi_items())
    for name, times in given.items():
        if name not in names:
            raise InvalidInput(name or "?", _unknown(names))
        if times > 1:
            raise InvalidInput(name, "This parameter is given more than once; give it once.")


def _unknown(names: Collection[str]) -> str:
    known = ", ".join(sorted(names))
    return f"There is no such parameter here; there are: {known}." if known else "There are no parameters here."
