"""Where a worker keeps what it received and has not written to the database yet."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from gateway.setting_types import GatewaySettings, Positive


class SpoolSettings(GatewaySettings):
    """Of the workers of one machine, which share the directory."""

    spool_directory: Path = Field(
        default=Path("/var/spool/whatsapp-gateway"),
        description="Directory on the machine for what was received and is not in the database yet. It holds contents"
        " of messages, and belongs to one gateway alone.",
    )
    spool_megabytes: Positive = Field(
        default=64.0,
        description="Size in MiB of a worker's spool; while it is full, WhatsApp keeps what comes next.",
    )
