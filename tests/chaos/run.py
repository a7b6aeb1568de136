"""One run: everything is started, hurt under load, left to recover, and compared."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

import httpx

from tests.chaos import reading
from tests.chaos.checker import Finding, Wrong, check, explained
from tests.chaos.faults import Faults, Happened
from tests.chaos.history import History
from tests.chaos.load import Load
from tests.chaos.people import People
from tests.chaos.proxy import Wires
from tests.chaos.report import Report
from tests.chaos.schedule import DATABASE, RECEIVERS, Hurt, Kind
from tests.chaos.town import Town
from tests.integration.webhooks.receiver import receiving
from tests.stack import Stack

# So long after the last fault anything may still come: a webhook's third attempt is a minute after its second.
PATIENCE_SECONDS = 180.0
LOOK_SECONDS = 3.0
TICK_SECONDS = 0.05


class Run:
    """Over a stack of its own; all of the gateway's processes end with the `with` block."""

    def __init__(self, stack: Stack, wires: Wires, report: Report) -> None:
        self._report = report
        self._town = Town(stack, wires, report.note)
        self._load = Load(self._town.whatsapp, self._town.api.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._load.end()
        self._load.give_up()
        self._town.close()

    def run(self, hurts: list[Hurt], seconds: float) -> list[Finding]:
        """Return what is wrong."""
        self._report.say("starting everything, and linking numbers")
        with receiving() as receiver:
            self._town.start()
            people = People(self._town, receiver, self._load)
            people.begin()
            faults = Faults(self._town, receiver, people.sessions)
            self._report.begin()
            self._hurt(faults, hurts, seconds)
            self._load.end()
            self._report.say("all is well again; waiting for what is on its way")
            found = self._settled(people, faults)
            self._report.findings(found)
            history = self._read(people, faults.happened)
            self._report.table(history, faults.happened, explained(history), found)
        return found

    def _hurt(self, faults: Faults, hurts: list[Hurt], seconds: float) -> None:
        begun, due = time.monotonic(), list(hurts)
        while (now := time.monotonic() - begun) < seconds:
            faults.end(now)
            while due and due[0].at <= now:
                self._report.say(str(due[0]))
                faults.begin(due.pop(0))
            self._town.tick()
            time.sleep(TICK_SECONDS)
        faults.end_all()

    def _settled(self, people: People, faults: Faults) -> list[Finding]:
        """Return what is still wrong when nothing more comes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen = 0
        while (found := self._found(people, faults)) and time.monotonic() < deadline:
            if len(found) != seen:
                self._report.note(f"waiting for {len(found)}, such as {found[0].what}")
            seen = len(found)
            self._pause(LOOK_SECONDS)
        return found

    def _found(self, people: People, faults: Faults) -> list[Finding]:
        if not self._load.is_over:
            return [Finding(Wrong.STUCK, "a request that was made before the end has no answer")]
        try:
            return check(self._read(people, faults.happened))
        except httpx.HTTPError as error:
            return [Finding(Wrong.STUCK, f"the API cannot be read: {error!r}")]

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._town.tick()
            time.sleep(TICK_SECONDS)

    def _read(self, people: People, happened: list[Happened]) -> History:
        """Return everything that every side shows now."""
        readers = [(household.reader, session) for household in people.households for session in household.sessions]
        away = [each for each in happened if each.hurt.victim in DATABASE]
        killed = [each for each in happened if each.hurt.kind is Kind.KILL and each.hurt.victim in RECEIVERS]
        return History(
            written=tuple(self._load.written),
            asked=tuple(self._load.asked),
            phones={number: reading.shown(self._town.whatsapp, number) for number in people.phones},
            kept={session: reader.kept(session) for reader, session in readers},
            logs={session: reader.log(session) for reader, session in readers},
            people=tuple(household.person() for household in people.households),
            kills=tuple(each.begun for each in killed),
            outages=tuple((each.begun, each.ended) for each in away),
            errors=(*self._load.errors, *reading.problems(self._town.whatsapp)),
            leaks=reading.leaks(self._town.own_logs, people.secrets),
        )
