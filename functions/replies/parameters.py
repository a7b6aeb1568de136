"""Which parameters a model takes: services differ, and say so only when they are asked.

Models that reason take no temperature; OpenAI's newer ones know the limit of tokens only by its new name, other
services only by the old one.
"""

from __future__ import annotations

import re
from threading import Lock

import openai

OLD_LIMIT, NEW_LIMIT, TEMPERATURE = "max_tokens", "max_completion_tokens", "temperature"
_SAYS_UNKNOWN = re.compile(r"unsupported|not support|unrecognized|unknown|not permitted|unexpected", re.IGNORECASE)
_KEPT = 1000


class Parameters:
    """What is known of the models of all sessions by their service and name, as long as the process lives."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str | None, str], frozenset[str]] = {}
        self._lock = Lock()

    def of(
        self, base_url: str | None, model: str, max_tokens: int, temperature: float | None
    ) -> dict[str, int | float]:
        """Return the parameters to ask with."""
        refused = self._refused.get((base_url, model), frozenset())
        names = (NEW_LIMIT, OLD_LIMIT) if base_url is None else (OLD_LIMIT, NEW_LIMIT)
        limit = next((name for name in names if name not in refused), names[0])
        wanted = {} if temperature is None or TEMPERATURE in refused else {TEMPERATURE: temperature}
        return {limit: max_tokens, **wanted}

    def learn(self, base_url: str | None, model: str, asked: dict[str, int | float], error: openai.OpenAIError) -> bool:
        """Remember that a parameter was refused; return whether asking without it may help."""
        name = next((name for name in asked if _is_refused(name, error)), None)
        with self._lock:
            known = self._refused.get((base_url, model), frozenset())
            if name is None or (name in (OLD_LIMIT, NEW_LIMIT) and known & {OLD_LIMIT, NEW_LIMIT}):
                return False
            if len(self._refused) >= _KEPT:
                self._refused.clear()
            self._refused[base_url, model] = known | {name}
        return True


def _is_refused(name: str, error: openai.OpenAIError) -> bool:
    if not isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
        return False
    named = error.param == name or re.search(rf"\b{name}\b", error.message) is not None
    return named and _SAYS_UNKNOWN.search(f"{error.code} {error.message}") is not None
