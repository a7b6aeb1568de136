"""Health, for load balancers and people; needs no key."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from importlib.metadata import version

import psycopg
from fastapi import APIRouter, Response

from functions.api.schemas.health import CheckBody, ChecksBody, HealthBody
from functions.api.services import Services, ServicesDep
from gateway.aws.queues import QueuesUnavailable

router = APIRouter(tags=["health"])

VERSION = version("whatsapp-gateway")
_BOUND_SECONDS = 2.0

# Threads of their own: a part that hangs must not keep the answer waiting, nor other requests from theirs.
_checks = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")


@router.get("/health", summary="Health", responses={503: {"model": HealthBody, "description": "No database."}})
def get_health(services: ServicesDep, response: Response) -> HealthBody:
    """`ok`, or `degraded` with the part that does not answer; 503 when requests cannot be served."""
    started = time.perf_counter()
    database = _checks.submit(_timed, _ask_database, services)
    queues = _checks.submit(_timed, _ask_queues, services)
    wait_for([database, queues], timeout=_BOUND_SECONDS)
    checks = ChecksBody(database=_result(database, started), queues=_result(queues, started))
    if checks.database.status != "ok":
        response.status_code = 503
    well = checks.database.status == checks.queues.status == "ok"
    return HealthBody(status="ok" if well else "degraded", version=VERSION, checks=checks)


def _ask_database(services: Services) -> None:
    with services.database.transaction() as connection:
        connection.execute("SELECT 1")


def _ask_queues(services: Services) -> None:
    services.queues.check()


def _timed(ask: Callable[[Services], None], services: Services) -> CheckBody:
    started = time.perf_counter()
    try:
        ask(services)
    except (psycopg.OperationalError, QueuesUnavailable):
        return CheckBody(status="unreachable", latency_ms=_since(started))
    return CheckBody(status="ok", latency_ms=_since(started))


def _result(check: Future[CheckBody], started: float) -> CheckBody:
    return check.result() if check.done() else CheckBody(status="unreachable", latency_ms=_since(started))


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
