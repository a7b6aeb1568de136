"""Injects the faults of a schedule, and ends them."""

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
from tests.chaos.deployment import Deployment
from tests.chaos.schedule import Fault, Kind
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
class Injected:
    """A fault, and between which times (Unix time) it really was."""

    fault: Fault
    begun: float
    ended: float


class Injector:
    """`injected` are the faults that are over."""

    def __init__(self, deployment: Deployment, receiver: Receiver, sessions: list[str]) -> None:
        self.injected: list[Injected] = []
        self._deployment = deployment
        self._receiver = receiver
        self._sessions = sessions
        self._open: list[tuple[Fault, float, Undo]] = []

    def begin(self, fault: Fault) -> None:
        begun = time.time()
        undo = self._do(fault)
        if fault.seconds:
            self._open.append((fault, begun, undo))
        else:
            self.injected.append(Injected(fault, begun, time.time()))

    def end(self, now: float) -> None:
        """End the faults that are over `now`, in seconds since the beginning."""
        over = [entry for entry in self._open if entry[0].end <= now]
        for fault, begun, undo in over:
            undo()
            self.injected.append(Injected(fault, begun, time.time()))
        self._open = [entry for entry in self._open if entry not in over]

    def end_all(self) -> None:
        self.end(float("inf"))
        self._deployment.whatsapp.clear_faults()

    def _do(self, fault: Fault) -> Undo:
        actions: dict[Kind, Callable[[Fault], Undo]] = {
            Kind.KILL: self._kill,
            Kind.FREEZE: self._freeze,
            Kind.CUT: self._cut,
            Kind.STALL: self._stall,
            Kind.RESTART: self._restart,
            Kind.FULL_DISK: self._fill_disk,
            Kind.RING: self._ring,
            Kind.UNWILLING: self._refuse_events,
            Kind.JUMP: self._move_clock,
        }
        return actions.get(fault.kind, self._at_whatsapp)(fault)

    def _kill(self, fault: Fault) -> Undo:
        for process in self._processes(fault.victim):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return _nothing

    def _freeze(self, fault: Fault) -> Undo:
        processes = self._processes(fault.victim)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        return partial(_wake, processes)

    def _cut(self, fault: Fault) -> Undo:
        proxy = self._deployment.proxies[fault.victim]
        self._deployment.with_proxies(proxy.cut)
        return partial(self._deployment.with_proxies, proxy.mend)

    def _stall(self, fault: Fault) -> Undo:
        proxy = self._deployment.proxies[fault.victim]
        self._deployment.with_proxies(proxy.stall)
        return partial(self._deployment.with_proxies, proxy.mend)

    def _restart(self, fault: Fault) -> Undo:
        """End a service as its administrator would, and do not wait; it is started again as one that has died."""
        service = self._deployment.services[fault.victim]
        if service.child is not None:
            service.child.send(service.stop_signal)
        return _nothing

    def _fill_disk(self, fault: Fault) -> Undo:
        """Let no file of the connector's processes grow, which is what they notice of a full disk."""
        self._limit_files(fault.victim, _FULL)
        return partial(self._limit_files, fault.victim, psutil.RLIM_INFINITY)

    def _limit_files(self, victim: str, size: int) -> None:
        """Limit those that run now: what they start meanwhile inherits it."""
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._deployment.services[victim].pid)
            for process in (parent, *parent.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.rlimit(psutil.RLIMIT_FSIZE, (size, psutil.RLIM_INFINITY))

    def _ring(self, fault: Fault) -> Undo:
        """Ring where nothing is to be done, and at the wrong doors."""
        queues = self._deployment.queues
        client = sqs_client(queues.endpoint)
        bodies = itertools.cycle([*({"sessionId": session} for session in self._sessions), {"log": "events"}])
        for number, body in zip(range(fault.count), bodies, strict=False):
            name = "webhooks" if "log" in body else f"commands-{number % SHARDS}"
            with suppress(Exception):  # SQS may just be away
                client.send_message(QueueUrl=queues.urls[name], MessageBody=json.dumps(body))
        return _nothing

    def _refuse_events(self, _: Fault) -> Undo:
        willing = self._receiver.answer
        self._receiver.answer = lambda _: Reply(status=500)
        return partial(setattr, self._receiver, "answer", willing)

    def _move_clock(self, fault: Fault) -> Undo:
        clock = self._deployment.clocks[fault.victim]
        clock.move(fault.shift)
        return partial(clock.move, 0)

    def _at_whatsapp(self, fault: Fault) -> Undo:
        phones = self._deployment.whatsapp
        faults: dict[Kind, dict[str, object]] = {
            Kind.DROP: {"drop": True},
            Kind.REFUSE: {"refuseSeconds": fault.seconds, "drop": True},
            Kind.SILENCE: {"silent": True},
            Kind.SLOW: {"latencySeconds": LATENCY_SECONDS},
            Kind.DUPLICATE: {"duplicate": fault.count},
            Kind.LATE: {"late": fault.count},
            Kind.CORRUPT: {"corrupt": fault.count},
            Kind.LOSE_RECEIPTS: {"loseReceipts": fault.count},
            Kind.REJECT: {"ackErrors": {"code": REJECTION, "count": fault.count}},
            Kind.LOSE_FILES: {"media": {"status": UNAVAILABLE, "count": fault.count}},
        }
        phones.fault(**faults[fault.kind])
        return phones.clear_faults if fault.kind in (Kind.SILENCE, Kind.SLOW) else _nothing

    def _processes(self, victim: str) -> list[psutil.Process]:
        """Return the processes that a name of the schedule stands for now; none while they are being started."""
        of = victim.removeprefix("worker of ").removeprefix("instance of ")
        service = self._deployment.services[of]
        with suppress(psutil.NoSuchProcess):
            if victim.startswith("worker"):
                return workers(self._deployment.connector(of))
            process = psutil.Process(service.pid)
            return process.children() if victim.startswith("instance") else [process]
        return []


def _nothing() -> None:
    """What is over at once needs no undoing."""


def _wake(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.resume()
