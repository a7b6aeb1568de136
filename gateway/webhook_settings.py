"""Settings of webhooks that functions/api and functions/webhooks share."""

from __future__ import annotations

from pydantic import Field

from gateway.setting_types import GatewaySettings


class WebhookAddressSettings(GatewaySettings):
    """Where webhooks may lead."""

    private_webhook_urls: bool = Field(
        default=False, description="Whether webhooks may lead to an address inside our own network, and use http."
    )
