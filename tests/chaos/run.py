"""One run: everything is started, broken under load, left to recover, and compared."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Self

import httpx

from tests.chaos import reading
from tests.chaos.checker import Finding, Wrong, check
from tests.chaos.clock import Jump, true_times
from tests.chaos.deployment import Deployment
from tests.chaos.history import History, StoredMessage
from tests.chaos.injector import Injected, Injector
from tests.chaos.load import Load
from tests.chaos.people import People
from tests.chaos.proxy import Proxies
from tests.chaos.report import Report, figures
from tests.chaos.schedule import CONNECTORS, DATABASE, DATABASE_CLOCK, Fault, Kind
from tests.integration.webhooks.receiver import receiving
from tests.stack import Stack

# So long after the last fault anything may still come: a webhook's third attempt is a minute after its second, by a
# clock that was put back meanwhile.
PATIENCE_SECONDS = 240.0
LOOK_SECONDS = 3.0
# Within these the next messages come, which are the ones that cannot be read.
SPOILT_SECONDS = 15.0
TICK_SECONDS = 0.05


class Run:
    """Over a stack of its own; all of the gateway's processes end with the `with` block."""

    def __init__(self, stack: Stack, proxies: Proxies, report: Report) -> None:
        self._report = report
        self._deployment = Deployment(stack, proxies, report.note)
        self._load = Load(self._deployment.whatsapp, self._deployment.api.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._load.end()
        self._load.give_up()
        self._deployment.close()

    def run(self, faults: list[Fault], seconds: float) -> list[Finding]:
        """Return what is wrong."""
        self._report.say("starting everything, and linking numbers")
        with receiving() as receiver:
            self._deployment.start()
            people = People(self._deployment, receiver, self._load)
            people.begin()
            injector = Injector(self._deployment, receiver, people.sessions)
            self._report.begin()
            self._inject(injector, self._possible(faults), seconds)
            self._load.end()
            self._report.say("all is well again; waiting for what is on its way")
            found = self._settled(people, injector)
            self._report.findings(found)
            codes = [code for _, code in reading.deaths(self._deployment.connector_logs)]
            history = self._read(people, injector.injected)
            self._report.table(figures(history, len(injector.injected), codes, found))
        return found

    def _possible(self, faults: list[Fault]) -> list[Fault]:
        if self._deployment.clocks:
            return faults
        self._report.say("no clock jumps: libfaketime is not installed")
        return [fault for fault in faults if fault.kind is not Kind.JUMP]

    def _inject(self, injector: Injector, faults: list[Fault], seconds: float) -> None:
        begun, due = time.monotonic(), list(faults)
        while (now := time.monotonic() - begun) < seconds:
            injector.end(now)
            while due and due[0].at <= now:
                self._report.say(str(due[0]))
                injector.begin(due.pop(0))
            self._deployment.tick()
            time.sleep(TICK_SECONDS)
        injector.end_all()

    def _settled(self, people: People, injector: Injector) -> list[Finding]:
        """Return what is still wrong when nothing more comes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen = 0
        while (found := self._found(people, injector)) and time.monotonic() < deadline:
            if len(found) != seen:
                self._report.note(f"waiting for {len(found)}, such as {found[0].what}")
            seen = len(found)
            self._pause(LOOK_SECONDS)
        return found

    def _found(self, people: People, injector: Injector) -> list[Finding]:
        if not self._load.is_over:
            return [Finding(Wrong.STUCK, "a request that was made before the end has no answer")]
        try:
            return check(self._read(people, injector.injected))
        except httpx.HTTPError as error:
            return [Finding(Wrong.STUCK, f"the API cannot be read: {error!r}")]

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._deployment.tick()
            time.sleep(TICK_SECONDS)

    def _deaths(self, injected: list[Injected]) -> Iterator[float]:
        """Yield when workers may have died: a connector logs it by its own clock."""
        for name in CONNECTORS:
            for at, _ in reading.deaths([self._deployment.services[name].log]):
                yield from true_times(at, _jumps(injected, f"clock of {name}"))

    def _read(self, people: People, injected: list[Injected]) -> History:
        """Return everything that every side shows now."""
        readers = [(user.reader, session) for user in people.users for session in user.sessions]
        away = [(each.begun, each.ended) for each in injected if each.fault.victim in DATABASE]
        spoilt = [(each.begun, each.ended + SPOILT_SECONDS) for each in injected if each.fault.kind is Kind.CORRUPT]
        killed = [each.begun for each in injected if each.fault.kind is Kind.KILL and each.fault.victim in CONNECTORS]
        return History(
            written=tuple(self._load.written),
            asked=tuple(self._load.asked),
            phones={number: reading.shown(self._deployment.whatsapp, number) for number in people.phones},
            kept={session: tuple(_by_true_time(reader.kept(session), injected)) for reader, session in readers},
            logs={session: reader.log(session) for reader, session in readers},
            users=tuple(user.view() for user in people.users),
            deaths=(*killed, *self._deaths(injected)),
            outages=(*away, *spoilt),
            errors=(*self._load.errors, *reading.problems(self._deployment.whatsapp)),
            leaks=reading.leaks(self._deployment.own_logs, people.secrets),
        )


def _by_true_time(kept: Iterable[StoredMessage], injected: list[Injected]) -> Iterator[StoredMessage]:
    """Yield messages with the latest time at which the database may have stored them."""
    jumps = _jumps(injected, DATABASE_CLOCK)
    for message in kept:
        yield replace(message, stored=max(true_times(message.stored, jumps)))


def _jumps(injected: list[Injected], clock: str) -> list[Jump]:
    return [Jump(each.begun, each.ended, each.fault.shift) for each in injected if each.fault.victim == clock]
