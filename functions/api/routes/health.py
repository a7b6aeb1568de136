"""Health, for load balancers and people; needs no key."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Response

from functions.api.schemas.health import HealthBody
from functions.api.services import ServicesDep

router = APIRouter(tags=["health"])

VERSION = version("whatsapp-gateway")


@router.get("/health", summary="Health", responses={503: {"model": HealthBody, "description": "No database."}})
async def get_health(services: ServicesDep, response: Response) -> HealthBody:
    """`ok`, or `degraded` with the part that does not answer; 503 when requests cannot be served.

    What it says may be a second old.
    """
    checks = await services.health.read()
    if checks.database.status != "ok":
        response.status_code = 503
    well = checks.database.status == checks.queues.status == "ok"
    return HealthBody(status="ok" if well else "degraded", version=VERSION, checks=checks)
