"""Health, for load balancers and people; needs no key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import psycopg
from fastapi import APIRouter, Response

from functions.api.schemas.health import CheckBody, ChecksBody, HealthBody
from functions.api.services import Services, ServicesDep
from gateway.aws.queues import QueuesUnavailable

router = APIRouter(tags=["health"])

VERSION = version("whatsapp-gateway")
_BOUND_SECONDS = 2.0

# Threads of their own: a check that hangs must not delay the response, nor take threads from other requests.
_checks = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")


@router.get("/health", summary="Health", responses={503: {"model": HealthBody, "description": "No database."}})
async def get_health(services: ServicesDep, response: Response) -> HealthBody:
    """`ok`, or `degraded` with the part that does not answer; 503 when requests cannot be served."""
    database, queues = await asyncio.gather(_timed(_check_database, services), _timed(_check_queues, services))
    checks = ChecksBody(database=database, queues=queues)
    if checks.database.status != "ok":
        response.status_code = 503
    well = checks.database.status == checks.queues.status == "ok"
    return HealthBody(status="ok" if well else "degraded", version=VERSION, checks=checks)


def _check_database(services: Services) -> None:
    with services.database.transaction() as connection:
        connection.execute("SELECT 1")


def _check_queues(services: Services) -> None:
    services.queues.check()


async def _timed(check: Callable[[Services], None], services: Services) -> CheckBody:
    started = time.perf_counter()
    checked = asyncio.get_running_loop().run_in_executor(_checks, check, services)
    try:
        await asyncio.wait_for(checked, _BOUND_SECONDS)
    except (TimeoutError, psycopg.OperationalError, QueuesUnavailable):
        return CheckBody(status="unreachable", latency_ms=_since(started))
    return CheckBody(status="ok", latency_ms=_since(started))


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
