"""One run: everything is started, broken under load, left to recover, and compared."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

import httpx

from tests.chaos import reading
from tests.chaos.checker import Finding, Wrong, check
from tests.chaos.deployment import Deployment
from tests.chaos.history import History
from tests.chaos.injector import Injected, Injector
from tests.chaos.load import Load
from tests.chaos.people import People
from tests.chaos.proxy import Proxies
from tests.chaos.report import Report, figures
from tests.chaos.schedule import CONNECTORS, DATABASE, Fault, Kind
from tests.integration.webhooks.receiver import receiving
from tests.stack import Stack

# So long after the last fault anything may still come: a webhook's third attempt is a minute after its second.
PATIENCE_SECONDS = 180.0
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
            self._inject(injector, faults, seconds)
            self._load.end()
            self._report.say("all is well again; waiting for what is on its way")
            found = self._settled(people, injector)
            self._report.findings(found)
            history, codes = self._read(people, injector.injected), [code for _, code in self._deaths()]
            self._report.table(figures(history, len(injector.injected), codes, found))
        return found

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

    def _deaths(self) -> list[tuple[float, int]]:
        return reading.deaths(self._deployment.connector_logs)

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
            kept={session: reader.kept(session) for reader, session in readers},
            logs={session: reader.log(session) for reader, session in readers},
            users=tuple(user.view() for user in people.users),
            deaths=(*killed, *(at for at, _ in self._deaths())),
            outages=(*away, *spoilt),
            errors=(*self._load.errors, *reading.problems(self._deployment.whatsapp)),
            leaks=reading.leaks(self._deployment.own_logs, people.secrets),
        )
