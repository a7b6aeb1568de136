"""Where the files of messages are stored."""

from __future__ import annotations

from pydantic import Field

from gateway.setting_types import GatewaySettings


class MediaStorageSettings(GatewaySettings):
    """The bucket, which the API, the connector, functions/media and the sweeper share."""

    media_bucket: str = Field(default="whatsapp-gateway-media", description="S3 bucket of the files of messages.")
