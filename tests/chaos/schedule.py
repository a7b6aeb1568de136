"""What is hurt, and when: a pure function of the seed, so that what failed once can be played again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is done to a victim."""

    KILL = "kill -9"
    FREEZE = "SIGSTOP"
    CUT = "cut off"
    STALL = "no answer from"
    RESTART = "restart"
    FULL_DISK = "full disk"
    DROP = "drops connections"
    REFUSE = "refuses connections"
    SILENCE = "goes silent"
    SLOW = "answers late"
    DUPLICATE = "sends twice"
    LATE = "sends out of order"
    CORRUPT = "sends unreadable"
    LOSE_RECEIPTS = "loses receipts"
    REJECT = "rejects messages"
    LOSE_FILES = "answers 503 for files"
    RING = "rings again"
    UNWILLING = "answers 500"


@dataclass(frozen=True, slots=True)
class Sort:
    """A kind, whom it may hit, and between how many seconds it lasts; `count` is how often what is counted happens."""

    kind: Kind
    victims: tuple[str, ...]
    shortest: float = 0.0
    longest: float = 0.0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Hurt:
    """Something that is done `at` so many seconds after the beginning, and undone `seconds` later."""

    at: float
    kind: Kind
    victim: str
    seconds: float = 0.0
    count: int = 0

    @property
    def end(self) -> float:
        return self.at + self.seconds

    def __str__(self) -> str:
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        counted = f", {self.count} of them" if self.count else ""
        return f"{self.victim}: {self.kind}{lasting}{counted}"


CONNECTORS = ("connector 0", "connector 1")
WORKERS = tuple(f"worker of {name}" for name in CONNECTORS)
FUNCTIONS = ("webhooks", "media", "sweeper")
INSTANCES = ("instance of webhooks", "instance of media")
PROCESSES = ("API", *CONNECTORS, *WORKERS, *FUNCTIONS, *INSTANCES)
DATABASE_LINKS = tuple(f"PostgreSQL of {name}" for name in ("API", *CONNECTORS, "functions"))
QUEUE_LINKS = ("SQS and S3",)
WHATSAPP_LINKS = tuple(f"WhatsApp of {name}" for name in CONNECTORS)
LINKS = (*DATABASE_LINKS, *QUEUE_LINKS, *WHATSAPP_LINKS)
WHATSAPP = ("WhatsApp",)
# Whose death, or absence, messages that come in may notice.
RECEIVERS = (*CONNECTORS, *WORKERS)
DATABASE = ("PostgreSQL", *DATABASE_LINKS)

SORTS = (
    Sort(Kind.KILL, WORKERS),
    Sort(Kind.KILL, CONNECTORS),
    Sort(Kind.KILL, ("API", *FUNCTIONS, *INSTANCES)),
    Sort(Kind.FREEZE, PROCESSES, 1.0, 12.0),
    Sort(Kind.FREEZE, WORKERS, 1.0, 8.0),
    Sort(Kind.CUT, DATABASE_LINKS, 0.5, 8.0),
    Sort(Kind.CUT, (*QUEUE_LINKS, *WHATSAPP_LINKS), 0.5, 8.0),
    Sort(Kind.STALL, DATABASE_LINKS, 0.5, 15.0),
    Sort(Kind.STALL, (*QUEUE_LINKS, *WHATSAPP_LINKS), 0.5, 15.0),
    Sort(Kind.RESTART, ("PostgreSQL", "API", "webhooks")),
    Sort(Kind.RESTART, CONNECTORS),
    Sort(Kind.KILL, ("PostgreSQL",)),
    Sort(Kind.KILL, ("ministack",)),
    Sort(Kind.FULL_DISK, CONNECTORS, 2.0, 10.0),
    Sort(Kind.DROP, WHATSAPP),
    Sort(Kind.REFUSE, WHATSAPP, 1.0, 6.0),
    Sort(Kind.SILENCE, WHATSAPP, 1.0, 12.0),
    Sort(Kind.SLOW, WHATSAPP, 1.0, 8.0),
    Sort(Kind.DUPLICATE, WHATSAPP, most=20),
    Sort(Kind.LATE, WHATSAPP, most=5),
    Sort(Kind.CORRUPT, WHATSAPP, most=3),
    Sort(Kind.LOSE_RECEIPTS, WHATSAPP, most=20),
    Sort(Kind.REJECT, WHATSAPP, most=3),
    Sort(Kind.LOSE_FILES, WHATSAPP, most=5),
    Sort(Kind.RING, ("doorbells",), most=50),
    Sort(Kind.UNWILLING, ("receivers",), 0.5, 3.0),
)
FIRST_AFTER = 2.0
GAP_SECONDS = 3.0


def schedule(seed: int, seconds: float) -> list[Hurt]:
    """Return what is hurt within so many seconds, in the order of time; a victim is hurt by one thing at a time."""
    chance = random.Random(seed)
    hurts: list[Hurt] = []
    busy: dict[str, float] = {}
    at = FIRST_AFTER
    for sort in _dealt(chance):
        hurt = _hurt(chance, sort, at)
        if hurt.end > seconds:
            return hurts
        if busy.get(hurt.victim, 0.0) <= at:
            hurts.append(hurt)
            busy[hurt.victim] = hurt.end
            at += round(chance.expovariate(1 / GAP_SECONDS), 2)
    return hurts


def _dealt(chance: random.Random) -> Iterator[Sort]:
    """Yield sorts for ever, each once before any comes again."""
    while True:
        yield from chance.sample(SORTS, len(SORTS))


def _hurt(chance: random.Random, sort: Sort, at: float) -> Hurt:
    victim = chance.choice(sort.victims)
    seconds = round(chance.uniform(sort.shortest, sort.longest), 1)
    return Hurt(round(at, 2), sort.kind, victim, seconds, chance.randint(1, sort.most) if sort.most else 0)
