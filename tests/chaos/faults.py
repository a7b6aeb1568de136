"""Does what the schedule says, and undoes it."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import psutil

from infra.local.queues import SHARDS, sqs_client
from tests.chaos.schedule import Hurt, Kind
from tests.chaos.town import Town
from tests.e2e.world import workers
from tests.integration.webhooks.receiver import Receiver, Reply

LATENCY_SECONDS = 0.5
# Of messages (a rejection of this one is not repeated) and of files.
REJECTION = "479"
UNAVAILABLE = 503
# How large a process may let a file become: no byte more, as on a full disk.
_FULL = 0
Undo = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Happened:
    """A hurt, and between which times (Unix time) it really was."""

    hurt: Hurt
    begun: float
    ended: float


class Faults:
    """`happened` is what was done so far, and undone."""

    def __init__(self, town: Town, receiver: Receiver, sessions: list[str]) -> None:
        self.happened: list[Happened] = []
        self._town = town
        self._receiver = receiver
        self._sessions = sessions
        self._open: list[tuple[Hurt, float, Undo]] = []

    def begin(self, hurt: Hurt) -> None:
        begun = time.time()
        undo = self._do(hurt)
        if hurt.seconds:
            self._open.append((hurt, begun, undo))
        else:
            self.happened.append(Happened(hurt, begun, time.time()))

    def end(self, now: float) -> None:
        """Undo what is over `now`, in seconds since the beginning."""
        over = [entry for entry in self._open if entry[0].end <= now]
        for hurt, begun, undo in over:
            undo()
            self.happened.append(Happened(hurt, begun, time.time()))
        self._open = [entry for entry in self._open if entry not in over]

    def end_all(self) -> None:
        self.end(float("inf"))
        self._town.whatsapp.clear_faults()

    def _do(self, hurt: Hurt) -> Undo:
        deeds: dict[Kind, Callable[[Hurt], Undo]] = {
            Kind.KILL: self._kill,
            Kind.FREEZE: self._freeze,
            Kind.CUT: self._cut,
            Kind.STALL: self._stall,
            Kind.RESTART: self._restart,
            Kind.FULL_DISK: self._fill_disk,
            Kind.RING: self._ring,
            Kind.UNWILLING: self._refuse_events,
        }
        return deeds.get(hurt.kind, self._at_whatsapp)(hurt)

    def _kill(self, hurt: Hurt) -> Undo:
        for process in self._processes(hurt.victim):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return _nothing

    def _freeze(self, hurt: Hurt) -> Undo:
        processes = self._processes(hurt.victim)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        return partial(_wake, processes)

    def _cut(self, hurt: Hurt) -> Undo:
        wire = self._town.wires[hurt.victim]
        self._town.with_wires(wire.cut)
        return partial(self._town.with_wires, wire.mend)

    def _stall(self, hurt: Hurt) -> Undo:
        wire = self._town.wires[hurt.victim]
        self._town.with_wires(wire.stall)
        return partial(self._town.with_wires, wire.mend)

    def _restart(self, hurt: Hurt) -> Undo:
        """End a service as its administrator would, and do not wait; it is started again as one that has died."""
        service = self._town.services[hurt.victim]
        if service.child is not None:
            service.child.send(service.stop_signal)
        return _nothing

    def _fill_disk(self, hurt: Hurt) -> Undo:
        """Let no file of the connector's processes grow, which is what they notice of a full disk."""
        self._limit_files(hurt.victim, _FULL)
        return partial(self._limit_files, hurt.victim, psutil.RLIM_INFINITY)

    def _limit_files(self, victim: str, size: int) -> None:
        """Limit those that run now: what they start meanwhile inherits it."""
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._town.services[victim].pid)
            for process in (parent, *parent.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.rlimit(psutil.RLIMIT_FSIZE, (size, psutil.RLIM_INFINITY))

    def _ring(self, hurt: Hurt) -> Undo:
        """Ring where nothing is to be done, and at the wrong doors."""
        queues = self._town.queues
        client = sqs_client(queues.endpoint)
        bodies = itertools.cycle([*({"sessionId": session} for session in self._sessions), {"log": "events"}])
        for number, body in zip(range(hurt.count), bodies, strict=False):
            name = "webhooks" if "log" in body else f"commands-{number % SHARDS}"
            with suppress(Exception):  # SQS may just be away
                client.send_message(QueueUrl=queues.urls[name], MessageBody=json.dumps(body))
        return _nothing

    def _refuse_events(self, _: Hurt) -> Undo:
        willing = self._receiver.answer
        self._receiver.answer = lambda _: Reply(status=500)
        return partial(setattr, self._receiver, "answer", willing)

    def _at_whatsapp(self, hurt: Hurt) -> Undo:
        phones = self._town.whatsapp
        faults: dict[Kind, dict[str, object]] = {
            Kind.DROP: {"drop": True},
            Kind.REFUSE: {"refuseSeconds": hurt.seconds, "drop": True},
            Kind.SILENCE: {"silent": True},
            Kind.SLOW: {"latencySeconds": LATENCY_SECONDS},
            Kind.DUPLICATE: {"duplicate": hurt.count},
            Kind.LATE: {"late": hurt.count},
            Kind.CORRUPT: {"corrupt": hurt.count},
            Kind.LOSE_RECEIPTS: {"loseReceipts": hurt.count},
            Kind.REJECT: {"ackErrors": {"code": REJECTION, "count": hurt.count}},
            Kind.LOSE_FILES: {"media": {"status": UNAVAILABLE, "count": hurt.count}},
        }
        phones.fault(**faults[hurt.kind])
        return phones.clear_faults if hurt.kind in (Kind.SILENCE, Kind.SLOW) else _nothing

    def _processes(self, victim: str) -> list[psutil.Process]:
        """Return the processes that a name of the schedule stands for now; none while they are being started."""
        of = victim.removeprefix("worker of ").removeprefix("instance of ")
        service = self._town.services[of]
        with suppress(psutil.NoSuchProcess):
            if victim.startswith("worker"):
                return workers(self._town.connector(of))
            process = psutil.Process(service.pid)
            return process.children() if victim.startswith("instance") else [process]
        return []


def _nothing() -> None:
    """What is over at once needs no undoing."""


def _wake(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.resume()
