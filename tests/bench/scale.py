"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured of each.

    `senders` send `sends_each` at once, and `counted` one by one; `backlogs`: of so many sessions each has so many
    messages waiting, in `rounds`; `crowd`: numbers of sessions, `takeover`: one; `idle` is for how many seconds they
    are watched, after `rest`, in which what follows a link is done;
    `photos` are sent and received one by one, a document of `megabytes` each way;
    `kills`: of workers; `ends`: of each other kind; `answers`: contacts that the assistant replies to. `life` is how
    many seconds a worker runs before it is ended: one that ran longer is restarted without a pause. `past`: chats and
    messages.
    """

    links: int
    sends: int
    senders: int
    sends_each: int
    counted: int
    backlogs: tuple[tuple[int, int], ...]
    rounds: int
    crowd: tuple[int, ...]
    rest: float
    idle: float
    takeover: int
    kills: int
    ends: int
    rate: float
    life: float
    imports: int
    answers: int
    photos: int
    megabytes: int
    past: tuple[int, int]


FULL = Scale(
    links=10,
    sends=150,
    senders=10,
    sends_each=60,
    counted=20,
    backlogs=((1, 1000), (10, 200)),
    rounds=3,
    crowd=(1, 10, 50),
    rest=75.0,
    idle=20.0,
    takeover=200,
    kills=40,
    ends=20,
    rate=50.0,
    life=10.5,
    imports=7,
    answers=30,
    photos=30,
    megabytes=100,
    past=(100, 10_000),
)
QUICK = Scale(
    links=2,
    sends=5,
    senders=2,
    sends_each=5,
    counted=3,
    backlogs=((1, 20), (2, 10)),
    rounds=1,
    crowd=(1, 3),
    rest=0.0,
    idle=2.0,
    takeover=3,
    kills=1,
    ends=1,
    rate=20.0,
    life=2.0,
    imports=2,
    answers=3,
    photos=3,
    megabytes=2,
    past=(3, 100),
)
