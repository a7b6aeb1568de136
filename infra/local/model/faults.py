"""What the model stub can be told to do instead of answering."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["status", "hang", "drop", "refuse", "filter", "empty", "say", "reveal", "recite"]


class Fault(BaseModel):
    """Acts on the next `times` requests whose newest user message holds `match`.

    status: an error of the service with that `status`; hang: no answer; drop: the connection is cut; refuse, filter,
    empty: answers without a text; say: `text`; reveal: the system prompt; recite: everything the model was shown.
    Without a `kind` it only waits for `seconds` before it answers.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Kind | None = None
    match: str = ""
    times: Annotated[int, Field(ge=1)] = 1
    seconds: Annotated[float, Field(ge=0, le=120)] = 0.0
    status: Annotated[int, Field(ge=400, le=599)] = 500
    retry_after: Annotated[str | None, Field(alias="retryAfter")] = None
    text: str = ""


class Faults:
    """Used up in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, newest: str) -> Fault | None:
        """The fault for a request with this newest user message."""
        for fault in self._waiting:
            if fault.match in newest:
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                return fault
        return None
