"""Settings of functions/media."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from gateway.database_settings import FunctionDatabaseSettings
from gateway.media_settings import MediaSizeSettings, MediaStorageSettings
from gateway.setting_types import AtLeastOne, Positive
from gateway.settings import QueueSettings


class MediaSettings(FunctionDatabaseSettings, QueueSettings, MediaStorageSettings, MediaSizeSettings):
    """Settings of functions/media, which fetches the files of received messages and prepares those that are sent."""

    media_max_megabytes: AtLeastOne = Field(
        default=100, description="Size in MB above which a received file is not fetched; sessions may want less."
    )
    media_fetch_seconds: Positive = Field(
        default=240.0, description="Seconds after which fetching a file fails, and is tried again later."
    )
    media_stall_seconds: Positive = Field(
        default=20.0, description="Seconds without a byte after which fetching a file fails."
    )
    media_claim_seconds: Positive = Field(
        default=310.0,
        description="Seconds for which a run owns a file; more than the function's timeout, or two runs overlap.",
    )
    private_media_urls: bool = Field(
        default=False, description="Whether files to send may be fetched from addresses that are not public."
    )
    command_expiry_seconds: Positive = Field(
        default=3600.0, description="Seconds after which a file that could not be stored at WhatsApp is given up."
    )
    whatsapp_proxy: str | None = Field(
        default=None, description="HTTP proxy through which WhatsApp's media hosts are reached; unset: none."
    )
    whatsapp_authority: Path | None = Field(
        default=None, description="File of the certificates that are trusted for them; unset: the public ones."
    )
