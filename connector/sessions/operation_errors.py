"""How an operation ends without its effect, and how one writes what it had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from connector.whatsapp.errors import Refused
from gateway.domain.commands import CommandError
from gateway.store.fence import Fence

# Writes the rows that an operation has changed, and returns its result.
Write: TypeAlias = Callable[[Fence], dict[str, Any]]


class PartlyRefused(Exception):
    """WhatsApp refused a part of an operation: `result` has what came before, and the field that was refused."""

    def __init__(self, refused: Refused, field: str, done: dict[str, Any]) -> None:
        super().__init__(str(refused))
        self.code = refused.code
        self.result = {**done, "refused": field}


class Unfit(Exception):
    """What was given cannot be used; `error` says why."""

    def __init__(self, error: CommandError) -> None:
        super().__init__(error)
        self.error = error
