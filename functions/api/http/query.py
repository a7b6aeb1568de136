"""The query of a request: a parameter that the operation does not know is refused, never ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from starlette.datastructures import QueryParams

from gateway.domain.errors import InvalidInput

WordT = TypeVar("WordT", bound=StrEnum)


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


def ids_in(name: str, text: str, most: int) -> list[UUID]:
    """Return the ids in a parameter that has several, separated by commas. Raises InvalidInput."""
    parts = text.split(",")
    if len(parts) > most:
        raise InvalidInput(name, f"Name at most {most}.")
    try:
        return [UUID(part.strip()) for part in parts]
    except ValueError:
        raise InvalidInput(name, "Use ids, separated by commas.") from None


def words_in(name: str, text: str, kind: type[WordT]) -> list[WordT]:
    """Return the words in a parameter that has several of a vocabulary, separated by commas. Raises InvalidInput."""
    words = [word.strip() for word in text.split(",")]
    known = {str(word) for word in kind}
    if unknown := next((word for word in words if word not in known), None):
        raise InvalidInput(name, f"There is no {unknown[:64]!r}; there are: {', '.join(sorted(known))}.")
    if "" in words:
        raise InvalidInput(name, "Separate words by single commas.")
    return [kind(word) for word in words]
