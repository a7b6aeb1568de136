"""What the server records for tests: problems that must not occur, and counts of what happened."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypedDict

from infra.local.whatsapp.accounts import Address


@dataclass(slots=True)
class Problems:
    """What a client requested and this server does not know: a test ends by asserting that all are empty."""

    unknown_stanzas: list[str] = field(default_factory=list)
    refused_hosts: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Conflict(TypedDict):
    """A socket that replaced one of the same device; `at` is Unix time, `idleSeconds` how long that one was idle."""

    number: str
    device: int
    at: float
    idleSeconds: float


@dataclass(slots=True)
class Statistics:
    started_at: float = field(default_factory=time.time)
    connects: int = 0
    refused: int = 0
    logins: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    conflicts: list[Conflict] = field(default_factory=list)
    received: dict[Address, list[str]] = field(default_factory=lambda: defaultdict(list))
    receipts: dict[Address, int] = field(default_factory=lambda: defaultdict(int))
    undecryptable: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    reused_keys: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add_conflict(self, address: Address, idle: float) -> None:
        entry = Conflict(number=address.number, device=address.device, at=time.time(), idleSeconds=round(idle, 3))
        self.conflicts.append(entry)
