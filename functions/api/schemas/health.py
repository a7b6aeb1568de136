"""Health as the API shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from gateway.schemas.base import ResponseBody


class CheckBody(ResponseBody):
    """One part that the API needs."""

    status: Literal["ok", "unreachable"]
    latency_ms: float = Field(description="How long the part took to answer, or until it was given up.")


class ChecksBody(ResponseBody):
    """Without the database nothing is answered; without queues commands wait a few seconds longer."""

    database: CheckBody
    queues: CheckBody


class HealthBody(ResponseBody):
    """`degraded` is answered with 503 only when requests cannot be served."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "version": "0.1.0",
                    "checks": {
                        "database": {"status": "ok", "latencyMs": 1.2},
                        "queues": {"status": "ok", "latencyMs": 4.9},
                    },
                }
            ]
        }
    )

    status: Literal["ok", "degraded"]
    version: str
    checks: ChecksBody
