"""The faults that can be injected into the model stub."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "status",
    "hang",
    "drop",
    "drip",
    "flood",
    "page",
    "uncounted",
    "refuse",
    "filter",
    "empty",
    "say",
    "reveal",
    "recite",
]


class Fault(BaseModel):
    """Acts on the next `times` requests whose newest user message holds `match`.

    status: an error with that `status`; hang: no response; drop: the connection is cut; drip: a response of which a
    byte comes every `every` seconds; flood: one that never ends; page: `text` as HTML, as from a web server; uncounted:
    a completion without usage; refuse, filter, empty: completions without a text; say: `text`; reveal: the system
    prompt; recite: all messages but the system prompt.
    Without a `kind` the response is only delayed by `seconds`. One that is `held` waits until the faults are cleared.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Kind | None = None
    match: str = ""
    times: Annotated[int, Field(ge=1)] = 1
    seconds: Annotated[float, Field(ge=0, le=120)] = 0.0
    held: bool = False
    status: Annotated[int, Field(ge=400, le=599)] = 500
    retry_after: Annotated[str | None, Field(alias="retryAfter")] = None
    text: str = ""
    every: Annotated[float, Field(ge=0, le=120)] = 0.05


class Faults:
    """The injected faults, used up in the order in which they were added."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._cleared = asyncio.Event()

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def delay(self, fault: Fault) -> None:
        """Return when the response to the fault's request is due."""
        await asyncio.sleep(fault.seconds)
        if fault.held:
            await self._cleared.wait()

    def pop(self, newest: str) -> Fault | None:
        """Return the fault for a request with this newest user message, and count it."""
        for fault in self._waiting:
            if fault.match in newest:
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                return fault
        return None
