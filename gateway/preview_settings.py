"""Settings of the previews of links in texts."""

from __future__ import annotations

from pydantic import Field

from gateway.setting_types import GatewaySettings, Positive


class PreviewSettings(GatewaySettings):
    """Whether and how pages behind links are fetched."""

    link_previews: bool = Field(
        default=True,
        description="Whether texts with a link are sent with a preview of its page, which is fetched for it.",
    )
    link_preview_seconds: Positive = Field(
        default=2.0, description="Longest time in seconds that a text with a link waits for its preview."
    )
    private_preview_urls: bool = Field(
        default=False, description="Whether previews may be fetched from addresses inside our own network."
    )
