"""Settings of functions/sweeper."""

from __future__ import annotations

from pydantic import Field

from gateway.database_settings import DatabaseSettings
from gateway.media_settings import MediaStorageSettings
from gateway.setting_types import AtLeastOne, NotNegative
from gateway.settings import QueueSettings, TurnSettings


class SweeperSettings(DatabaseSettings, QueueSettings, TurnSettings, MediaStorageSettings):
    """Settings of functions/sweeper, which sends doorbells again and deletes what is too old."""

    lost_after_seconds: NotNegative = Field(
        default=5.0,
        description="Seconds that a command or due turn waits before its doorbell counts as lost and is sent again.",
    )
    batch: AtLeastOne = Field(default=500, description="Largest number of rows that one statement reads or deletes.")
    event_days: NotNegative = Field(default=30.0, description="Days for which the event log is kept.")
    command_days: NotNegative = Field(default=30.0, description="Days for which finished commands are kept.")
    turn_days: NotNegative = Field(default=90.0, description="Days for which the assistant's finished turns are kept.")
    usage_days: NotNegative = Field(default=400.0, description="Days for which the tokens used per day are kept.")
    set_aside_days: NotNegative = Field(
        default=14.0, description="Days for which received events that could not be processed are kept."
    )
    raw_event_days: NotNegative = Field(
        default=14.0,
        description="Days for which the event of a received message is kept as it was delivered, to be read again.",
    )
    early_receipt_days: NotNegative = Field(
        default=2.0, description="Days for which receipts of messages that are not known yet are kept."
    )
    delivery_days: NotNegative = Field(
        default=14.0, description="Days for which ended deliveries to webhooks are kept with their attempts."
    )
    media_days: NotNegative = Field(default=30.0, description="Days for which the files of messages are kept.")
    open_deliveries: AtLeastOne = Field(
        default=100_000,
        description="How many deliveries to one webhook are kept open at most; the oldest beyond that are dropped.",
    )
    deleted_session_days: NotNegative = Field(
        default=7.0, description="Days after which everything of a deleted session is erased."
    )
