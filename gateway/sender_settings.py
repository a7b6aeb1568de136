"""Settings of functions/webhooks."""

from __future__ import annotations

from pydantic import Field

from gateway.database_settings import FunctionDatabaseSettings
from gateway.model_settings import EncryptionSettings
from gateway.setting_types import AtLeastOne, Positive
from gateway.settings import QueueSettings
from gateway.webhook_settings import WebhookAddressSettings


class WebhooksSettings(FunctionDatabaseSettings, QueueSettings, EncryptionSettings, WebhookAddressSettings):
    """Settings of functions/webhooks, which sends events to webhooks."""

    webhook_timeout_seconds: Positive = Field(
        default=15.0, description="Seconds after which a request to a webhook fails, from its address to its answer."
    )
    webhook_lanes: AtLeastOne = Field(
        default=16, description="How many requests to one webhook are under way at most, each of another session."
    )
    webhook_run_seconds: Positive = Field(
        default=20.0, description="Seconds after which a run for one webhook lets others have their turn."
    )
    dispatch_events: AtLeastOne = Field(
        default=500, description="How many events are read from the log at a time for webhooks."
    )
    secret_cache_seconds: float = Field(
        default=300.0, ge=0, le=300, description="Seconds for which a decrypted secret of a webhook is kept in memory."
    )
