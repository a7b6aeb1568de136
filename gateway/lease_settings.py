"""How long the owner of a shard is trusted, and how soon another worker follows it."""

from __future__ import annotations

from pydantic import Field

from gateway.setting_types import GatewaySettings, NotNegative, Positive


class LeaseSettings(GatewaySettings):
    """Of all workers alike: each acts on what it knows of the others' durations."""

    lease_ttl_seconds: Positive = Field(
        default=20.0, description="Seconds for which a lease of a shard is valid without renewal."
    )
    lease_margin_seconds: NotNegative = Field(
        default=3.0,
        description="Seconds before the end of a lease at which its holder stops the sessions of the shard.",
    )
    takeover_seconds: Positive = Field(
        default=3.0,
        description="Seconds for which the lock of a shard must have been free before another worker takes the shard;"
        " its owner stops within half of them when it cannot reach the database. Only with direct connections.",
    )
