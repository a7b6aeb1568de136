"""Whether the API and what it needs work."""

from __future__ import annotations

from gateway.client.models import Model


class Check(Model):
    """A part that the API needs: `status` is `ok` or `unreachable`, `latency_ms` is in milliseconds."""

    status: str
    latency_ms: float


class Health(Model):
    """The API's health: `status` is `ok` or `degraded`; `checks` are by the part's name, `database` or `queues`."""

    status: str
    version: str
    checks: dict[str, Check]
