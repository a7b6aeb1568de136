"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured of each.

    `receivers` sessions with a `backlog` of messages each, in `rounds`; `crowd`: numbers of sessions, `takeover`: one;
    `ends`: of workers, by either signal; `answers`: contacts that the assistant replies to. `life` is how many seconds
    a worker runs before it is ended: one that ran longer is restarted without a pause.
    """

    links: int
    sends: int
    receivers: int
    backlog: int
    rounds: int
    crowd: tuple[int, ...]
    takeover: int
    ends: int
    rate: float
    life: float
    imports: int
    answers: int


FULL = Scale(
    links=10,
    sends=150,
    receivers=4,
    backlog=1000,
    rounds=3,
    crowd=(1, 10, 50),
    takeover=200,
    ends=20,
    rate=50.0,
    life=10.5,
    imports=7,
    answers=30,
)
QUICK = Scale(
    links=2,
    sends=5,
    receivers=2,
    backlog=20,
    rounds=1,
    crowd=(1, 3),
    takeover=3,
    ends=1,
    rate=20.0,
    life=2.0,
    imports=2,
    answers=3,
)
