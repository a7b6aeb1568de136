"""Which faults happen, and when: a pure function of the seed, so that what failed once can be played again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happens to a victim."""

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
    JUMP = "jumps"


@dataclass(frozen=True, slots=True)
class FaultType:
    """A kind, whom it may hit, between how many seconds it lasts, and how often at most what is counted happens.

    A clock jumps by at most `furthest` seconds, ahead or back.
    """

    kind: Kind
    victims: tuple[str, ...]
    shortest: float = 0.0
    longest: float = 0.0
    most: int = 0
    furthest: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """It begins `at` so many seconds after the beginning of the run, and ends `seconds` later.

    `shift` is by how many seconds a clock is ahead meanwhile, or behind.
    """

    at: float
    kind: Kind
    victim: str
    seconds: float = 0.0
    count: int = 0
    shift: int = 0

    @property
    def end(self) -> float:
        return self.at + self.seconds

    def __str__(self) -> str:
        shifted = f" by {self.shift:+d} s" if self.shift else ""
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        counted = f", {self.count} of them" if self.count else ""
        return f"{self.victim}: {self.kind}{shifted}{lasting}{counted}"


CONNECTORS = ("connector 0", "connector 1")
WORKERS = tuple(f"worker of {name}" for name in CONNECTORS)
FUNCTIONS = ("webhooks", "media", "sweeper")
INSTANCES = ("instance of webhooks", "instance of media")
PROCESSES = ("API", *CONNECTORS, *WORKERS, *FUNCTIONS, *INSTANCES)
# Who has a way to the database, and a clock, of their own.
GROUPS = ("API", *CONNECTORS, "functions")
DATABASE_LINKS = tuple(f"PostgreSQL of {name}" for name in GROUPS)
QUEUE_LINKS = ("SQS and S3",)
WHATSAPP_LINKS = tuple(f"WhatsApp of {name}" for name in CONNECTORS)
LINKS = (*DATABASE_LINKS, *QUEUE_LINKS, *WHATSAPP_LINKS)
CLOCKS = tuple(f"clock of {name}" for name in GROUPS)
DATABASE_CLOCK = "clock of PostgreSQL"
WHATSAPP = ("WhatsApp",)
# Without which messages that come in may not be read.
DATABASE = ("PostgreSQL", *DATABASE_LINKS)

FAULT_TYPES = (
    FaultType(Kind.KILL, WORKERS),
    FaultType(Kind.KILL, CONNECTORS),
    FaultType(Kind.KILL, ("API", *FUNCTIONS, *INSTANCES)),
    FaultType(Kind.FREEZE, PROCESSES, 1.0, 12.0),
    FaultType(Kind.FREEZE, WORKERS, 1.0, 8.0),
    FaultType(Kind.CUT, DATABASE_LINKS, 0.5, 8.0),
    FaultType(Kind.CUT, (*QUEUE_LINKS, *WHATSAPP_LINKS), 0.5, 8.0),
    FaultType(Kind.STALL, DATABASE_LINKS, 0.5, 15.0),
    FaultType(Kind.STALL, (*QUEUE_LINKS, *WHATSAPP_LINKS), 0.5, 15.0),
    FaultType(Kind.RESTART, ("PostgreSQL", "API", "webhooks")),
    FaultType(Kind.RESTART, CONNECTORS),
    FaultType(Kind.KILL, ("PostgreSQL",)),
    FaultType(Kind.KILL, ("ministack",)),
    FaultType(Kind.FULL_DISK, CONNECTORS, 2.0, 10.0),
    FaultType(Kind.DROP, WHATSAPP),
    FaultType(Kind.REFUSE, WHATSAPP, 1.0, 6.0),
    FaultType(Kind.SILENCE, WHATSAPP, 1.0, 12.0),
    FaultType(Kind.SLOW, WHATSAPP, 1.0, 8.0),
    FaultType(Kind.DUPLICATE, WHATSAPP, most=20),
    FaultType(Kind.LATE, WHATSAPP, most=5),
    FaultType(Kind.CORRUPT, WHATSAPP, most=3),
    FaultType(Kind.LOSE_RECEIPTS, WHATSAPP, most=20),
    FaultType(Kind.REJECT, WHATSAPP, most=3),
    FaultType(Kind.LOSE_FILES, WHATSAPP, most=3),
    FaultType(Kind.RING, ("doorbells",), most=50),
    FaultType(Kind.UNWILLING, ("receivers",), 0.5, 3.0),
    # Receivers of webhooks take five minutes for the difference of two clocks.
    FaultType(Kind.JUMP, CLOCKS, 3.0, 20.0, furthest=240),
    FaultType(Kind.JUMP, (DATABASE_CLOCK,), 3.0, 20.0, furthest=90),
)
FIRST_AFTER = 2.0
GAP_SECONDS = 3.0


def schedule(seed: int, seconds: float) -> list[Fault]:
    """Return what is fault within so many seconds, in the order of time; a victim is fault by one thing at a time."""
    chance = random.Random(seed)
    faults: list[Fault] = []
    busy: dict[str, float] = {}
    at = FIRST_AFTER
    for fault_type in _shuffled(chance):
        fault = _fault(chance, fault_type, at)
        if fault.end > seconds:
            return faults
        if busy.get(fault.victim, 0.0) <= at:
            faults.append(fault)
            busy[fault.victim] = fault.end
            at += round(chance.expovariate(1 / GAP_SECONDS), 2)
    return faults


def _shuffled(chance: random.Random) -> Iterator[FaultType]:
    """Yield types for ever, each once before any comes again."""
    while True:
        yield from chance.sample(FAULT_TYPES, len(FAULT_TYPES))


def _fault(chance: random.Random, of: FaultType, at: float) -> Fault:
    victim = chance.choice(of.victims)
    seconds = round(chance.uniform(of.shortest, of.longest), 1)
    count = chance.randint(1, of.most) if of.most else 0
    shift = chance.choice((-1, 1)) * chance.randint(2, of.furthest) if of.furthest else 0
    return Fault(round(at, 2), of.kind, victim, seconds, count, shift)
