"""What becomes of the sessions when processes end, and when WhatsApp or the database is away for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.bench.fleet.conditions import Conditions
from tests.bench.fleet.fleet import QUIET, Fleet
from tests.bench.fleet.watching import away, peak

# So long must everything stay as it is before it counts as settled.
SETTLED_SECONDS = 3.0


def worker_killed(fleet: Fleet) -> str:
    """Kill one worker; its supervisor starts another one."""
    worker = fleet.workers()[0]
    return _measured(fleet, worker.kill, {worker.pid})


def task_killed(fleet: Fleet) -> str:
    """Kill a task with all its processes, and start another one in its place."""
    task = fleet.tasks[0]
    pids = {worker.pid for worker in fleet.workers_of(task)}

    def kill() -> None:
        task.kill_group()
        fleet.tasks.remove(task)

    figure = _measured(fleet, kill, pids)
    fleet.start_task()
    return figure


def deployed(fleet: Fleet) -> str:
    """Replace each task in turn: the new one is there before the old one ends, as ECS does it."""

    def replace() -> None:
        for task in list(fleet.tasks):
            fleet.start_task()
            fleet.end_task(task)

    return _measured(fleet, replace, set())


def whatsapp_away(fleet: Fleet, seconds: float) -> str:
    """Let nobody reach WhatsApp, then everybody again."""
    back = 0.0

    def cut() -> None:
        nonlocal back
        fleet.whatsapp.become(Conditions(reachable=False))
        time.sleep(seconds)
        fleet.whatsapp.become(QUIET)
        back = time.time()

    figure = _measured(fleet, cut, set())
    return f"{figure}, {peak(fleet.whatsapp.seen(), 'dial', back)} once it was back"


def database_restarted(fleet: Fleet) -> str:
    """Restart PostgreSQL, which is away for as long as that takes, as in a failover."""
    began = time.monotonic()
    figure = _measured(fleet, fleet.stack.postgres.restart, set())
    return f"{figure}; all of it {time.monotonic() - began:.0f} s"


def _measured(fleet: Fleet, act: Callable[[], object], dead: set[int]) -> str:
    """Return how the sessions were away, and how they came back, once all are connected again."""
    since = time.time()
    act()
    fleet.until_connected()
    time.sleep(SETTLED_SECONDS)
    fleet.until_connected()
    seen = fleet.whatsapp.seen()
    dials = peak(seen, "dial", since)
    return f"{away(seen, since, dead)}; at most {dials} dialled within a second"
