"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`few` and `sessions` are connected in turn, and left alone for `idle` seconds after `rest`, in which what follows
    a link is done.

    Then for `busy` seconds so many messages a second are `received`, and `sent` by so many `senders`. WhatsApp is away
    for `outages` seconds, one after another. `rows` are copied of each table that grows most, `old` events are deleted.
    """

    few: int
    sessions: int
    rest: float
    idle: float
    busy: float
    received: float
    sent: float
    senders: int
    outages: tuple[float, ...]
    rows: int
    old: int


FULL = Scale(
    few=50,
    sessions=2000,
    rest=75.0,
    idle=40.0,
    busy=45.0,
    received=14.0,
    sent=9.0,
    senders=200,
    outages=(5.0, 90.0),
    rows=100_000,
    old=3_000_000,
)
QUICK = Scale(
    few=3,
    sessions=12,
    rest=0.0,
    idle=3.0,
    busy=5.0,
    received=6.0,
    sent=3.0,
    senders=4,
    outages=(1.0,),
    rows=1000,
    old=2000,
)
