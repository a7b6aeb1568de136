"""Settings, read once from the environment by each entry point; every variable begins with GATEWAY_.

The page that documents all settings is made from the descriptions of the fields.
"""

from __future__ import annotations

from pydantic import Field, SecretStr

from gateway.access_settings import KeySettings, UserProfilesSettings
from gateway.database_settings import DatabaseSettings, FunctionDatabaseSettings
from gateway.lease_settings import LeaseSettings
from gateway.login_settings import LoginSettings
from gateway.media_settings import MediaSizeSettings, MediaStorageSettings
from gateway.model_settings import ModelServiceSettings, PlatformModelSettings
from gateway.preview_settings import PreviewSettings
from gateway.setting_types import AtLeastOne, CommaSeparated, GatewaySettings, NotNegative, Positive
from gateway.spool_settings import SpoolSettings
from gateway.webhook_settings import WebhookAddressSettings


class MigrateSettings(DatabaseSettings, UserProfilesSettings):
    """Settings of `gateway migrate` and the other commands for operators."""


class DeploymentSettings(MigrateSettings):
    """Settings of functions/migrate."""

    login_secrets: CommaSeparated = Field(
        default=[],
        description="ARNs of the secrets with the logins or database URLs of the roles, separated by commas.",
    )
    whatsmeow_connections: AtLeastOne | None = Field(
        default=None,
        description="Most connections to whatsmeow's store; a start leaves a quarter free. Unset: no limit.",
    )


class QueueSettings(GatewaySettings):
    """The SQS queues; AWS's own variables (region, endpoint, credentials) are read by boto3."""

    queue_prefix: str = Field(
        default="",
        description="Beginning of the names of all SQS queues, which tells deployments in one account apart.",
    )
    shards: int = Field(
        default=16,
        ge=1,
        le=1024,
        description="Number of shards over which sessions are spread, each with a queue; the same everywhere.",
    )


class PacingSettings(GatewaySettings):
    """How much a session may send, against bans of its number."""

    messages_per_minute: AtLeastOne = Field(default=20, description="Messages that one session may send in a minute.")
    messages_per_hour: AtLeastOne = Field(default=200, description="Messages that one session may send in an hour.")


class TurnSettings(GatewaySettings):
    """What concerns the assistant's turns wherever they are processed."""

    turn_expiry_seconds: Positive = Field(
        default=600.0, description="Seconds after which an unfinished turn of the assistant ends without an answer."
    )


class ApiSettings(
    FunctionDatabaseSettings,
    UserProfilesSettings,
    QueueSettings,
    ModelServiceSettings,
    WebhookAddressSettings,
    PlatformModelSettings,
    PacingSettings,
    PreviewSettings,
    KeySettings,
    MediaStorageSettings,
    MediaSizeSettings,
):
    """Settings of functions/api."""

    cors_origins: CommaSeparated = Field(
        default=["http://localhost:3000"],
        description="Origins whose pages may call the API from a browser, separated by commas.",
    )
    stream_seconds: Positive = Field(
        default=3600.0,
        description="Seconds after which a stream of events ends, for its client to open it again; behind AWS Lambda 20"
        " at most.",
    )
    new_chats_per_day: AtLeastOne = Field(default=50, description="Chats that one session may begin in a day.")
    number_checks_per_day: AtLeastOne = Field(
        default=200, description="Numbers for which one session may have WhatsApp asked in a day of UTC."
    )
    send_wait_seconds: float = Field(
        default=10.0,
        ge=0,
        le=25,
        description="Longest time in seconds that a send waits for WhatsApp before it is answered with 202.",
    )
    command_expiry_seconds: Positive = Field(
        default=3600.0,
        description="Seconds after which a queued send or read receipt that could not be carried out fails as expired.",
    )


class RepliesSettings(
    FunctionDatabaseSettings,
    QueueSettings,
    ModelServiceSettings,
    PlatformModelSettings,
    PacingSettings,
    TurnSettings,
):
    """Settings of functions/replies; `model_…` is the platform's own model, for sessions that name none."""

    key_cache_seconds: float = Field(
        default=300.0, ge=0, le=300, description="Seconds for which a decrypted model key is kept in memory."
    )
    model_base_url: str | None = Field(
        default=None, description="Address of the platform's OpenAI-compatible service; unset: OpenAI's own."
    )
    model_api_key: SecretStr | None = Field(
        default=None,
        description="Key of the platform's model service; without it every session needs a key of its own.",
    )
    model_api_key_secret: str | None = Field(
        default=None, description="ARN of a secret in AWS Secrets Manager that holds that key."
    )
    model_timeout_seconds: Positive = Field(
        default=25.0, description="Seconds after which a model's answer must be complete, repetitions included."
    )
    model_retries: int = Field(
        default=1, ge=0, le=3, description="How often a failed request to a model is repeated within one attempt."
    )
    model_calls_per_session: AtLeastOne = Field(
        default=3, description="How many turns of one session may run at once; others wait."
    )
    busy_wait_seconds: Positive = Field(
        default=2.0, description="Seconds that a turn waits where so many others of its session are running."
    )
    claim_seconds: Positive = Field(
        default=95.0,
        description="Seconds for which a run owns a turn; more than the function's timeout, or two runs overlap.",
    )
    attempts: AtLeastOne = Field(default=3, description="How often a turn is tried before it fails.")
    retry_base_seconds: NotNegative = Field(
        default=3.0, description="Seconds before the first retry of a turn; each further one waits longer."
    )
    retry_max_seconds: NotNegative = Field(
        default=60.0, description="Longest time in seconds before a retry of a turn."
    )
    pause_seconds: Positive = Field(
        default=300.0, description="Seconds for which the model of a session is not asked after repeated failures."
    )
    pause_after_failures: AtLeastOne = Field(
        default=5, description="Failures in a row after which the model of a session is paused."
    )
    fallback_interval_seconds: NotNegative = Field(
        default=3600.0, description="Shortest time in seconds between two fallback texts in one chat."
    )
    reply_expiry_seconds: Positive = Field(
        default=120.0, description="Seconds after which a queued reply that could not be sent fails as expired."
    )
    typing_interval_seconds: Positive = Field(
        default=8.0, description='Seconds between two signs of "typing…" while the model works.'
    )


class WebSocketSettings(FunctionDatabaseSettings, QueueSettings, KeySettings):
    """Settings of functions/websocket."""

    api_url: str = Field(
        default="http://127.0.0.1:3001",
        description="Address of the REST API, over which messages are sent that come over a WebSocket.",
    )


class PushesSettings(
    FunctionDatabaseSettings,
    QueueSettings,
):
    """Settings of functions/pushes."""

    websocket_url: str = Field(
        default="http://127.0.0.1:3005/local",
        description="Address of the WebSocket API's stage for servers: https://, not wss://.",
    )
    pushes_at_once: AtLeastOne = Field(default=16, description="Connections to which events are pushed at once.")


class ConnectorSettings(
    DatabaseSettings, QueueSettings, LoginSettings, LeaseSettings, SpoolSettings, MediaStorageSettings
):
    """Settings of the connector, of its supervisor and of each worker."""

    whatsmeow_database_url: SecretStr = Field(
        description="PostgreSQL connection string of the role that owns whatsmeow's tables; direct, without a pooler."
    )
    whatsmeow_database_url_secret: str | None = Field(
        default=None,
        description="ARN of the secret in AWS Secrets Manager that holds this string, or the login missing in it.",
    )
    workers: int = Field(default=0, ge=0, description="Number of worker processes; 0: one for each whole core.")
    look_interval_seconds: Positive = Field(
        default=5.0,
        description="Seconds between two reads of a worker's sessions, which find what no doorbell announced.",
    )
    listen: bool = Field(
        default=True,
        description="Whether workers use LISTEN, which is faster than SQS, and locks, by which the end of another is"
        " noticed at once; both need a direct connection. false behind a pooler.",
    )
    spare_pairing_seconds: NotNegative = Field(
        default=300.0, description="Seconds for which a process stays ready for the next QR code; 0: none."
    )
    logout_offline_seconds: Positive = Field(
        default=30.0,
        description="Seconds to wait for a connection over which to unlink; then the link is erased here alone.",
    )
    event_retry_seconds: Positive = Field(
        default=5.0,
        description="Seconds before a received event that could not be processed is tried again; each time longer.",
    )
    drain_seconds: Positive = Field(
        default=20.0,
        description="Seconds that running work may take when a shard is handed over or the connector stops.",
    )
    replaced_pause_seconds: Positive = Field(
        default=30.0,
        description="Seconds to wait before reconnecting after another client has replaced the connection.",
    )
    reconnect_base_seconds: Positive = Field(
        default=1.0, description="Seconds before the first attempt to reconnect; each further one waits longer."
    )
    reconnect_max_seconds: Positive = Field(
        default=60.0, description="Longest time in seconds before an attempt to reconnect."
    )
    offline_sync_seconds: NotNegative = Field(
        default=15.0,
        description="Longest time in seconds that sends wait, after connecting, for what had waited at WhatsApp.",
    )
    send_limit_seconds: Positive = Field(
        default=100.0,
        description="Seconds after which a call to WhatsApp counts as stuck and its client is restarted.",
    )
    uploads: AtLeastOne = Field(default=4, description="How many files a worker stores at WhatsApp at once.")
    upload_megabytes: AtLeastOne = Field(
        default=100,
        description="MB that these files may have together; a worker needs three times as much memory for them.",
    )
    command_attempts: AtLeastOne = Field(default=5, description="How often a command is tried before it fails.")
    lookup_pause_seconds: Positive = Field(
        default=120.0, description="Seconds before a failed look-up of a number is repeated; 5 times that after a 429."
    )
    close_seconds: Positive = Field(default=5.0, description="Seconds to wait for a client to end.")
    message_secret_days: NotNegative = Field(
        default=180.0,
        description="Days for which the secrets of messages are kept, without which votes, edits, comments and sealed"
        " reactions that come later cannot be read.",
    )
    idle_seconds: Positive = Field(
        default=0.2, description="Seconds without events after which a client is known to have delivered all it had."
    )
    device_name: str = Field(
        default="WhatsApp Gateway", description="Name of the device that the phone shows under Linked devices."
    )
    health_host: str = Field(
        default="127.0.0.1", description="Address at which the supervisor serves its health over HTTP."
    )
    health_port: int = Field(
        default=8081, ge=0, le=65535, description="Port of the supervisor's health; 0: any free one."
    )
