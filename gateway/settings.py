"""Settings, read once from the environment by each entry point; every variable begins with GATEWAY_."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway.aws.secrets_manager import database_url, read_secret


class DatabaseSettings(BaseSettings):
    """A pooled connection string for functions, a direct one for the connector and for migrations.

    `<name>_secret` is the ARN of a secret that holds `<name>`, or only the login that is missing in it.
    """

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore")

    database_url: SecretStr
    database_url_secret: str | None = None
    database_pool_size: Annotated[int, Field(ge=1)] = 8

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in [field for field in cls.model_fields if field.endswith("_secret")]:
            if arn := values.get(name):
                wanted = name.removesuffix("_secret")
                values[wanted] = database_url(read_secret(arn), values.get(wanted))
        return values


class MigrateSettings(DatabaseSettings):
    """`user_profiles_table` is what whatsapp_sessions.user_profile_id refers to; made by us where it is our default."""

    user_profiles_table: str = "gateway.user_profiles"


class DeploymentSettings(MigrateSettings):
    """Of the migrate function; `login_secrets` are the ARNs of the roles' own database URLs or logins."""

    login_secrets: Annotated[list[str], NoDecode] = []

    @field_validator("login_secrets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split(",") if isinstance(value, str) else value


class QueueSettings(BaseSettings):
    """Where doorbells are rung; AWS's own variables (region, endpoint, credentials) are boto3's."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore")

    queue_prefix: str = ""
    shards: Annotated[int, Field(ge=1, le=1024)] = 16


class ApiSettings(DatabaseSettings, QueueSettings):
    """Settings of the REST API; durations in seconds."""

    database_wait_seconds: Annotated[float, Field(gt=0)] = 5.0
    cors_origins: Annotated[list[str], NoDecode] = ["http://localhost:3000"]
    requests_per_minute: Annotated[int, Field(ge=1)] = 600
    messages_per_minute: Annotated[int, Field(ge=1)] = 20
    messages_per_hour: Annotated[int, Field(ge=1)] = 200
    new_chats_per_day: Annotated[int, Field(ge=1)] = 50
    send_wait_seconds: Annotated[float, Field(ge=0, le=25)] = 10.0
    command_expiry_seconds: Annotated[float, Field(gt=0)] = 3600.0
    kms_key_id: str = "alias/gateway-model-keys"
    private_model_urls: bool = False

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [origin.strip() for origin in value.split(",") if origin.strip()] if isinstance(value, str) else value


class RepliesSettings(DatabaseSettings, QueueSettings):
    """Settings of functions/replies; durations in seconds.

    `model_…` are the platform's own model, for sessions that name none. `claim_seconds` must exceed the function's
    timeout: until then a turn whose run was killed is not taken again. `private_model_urls` lets sessions use services
    inside our own network.
    """

    database_wait_seconds: Annotated[float, Field(gt=0)] = 5.0
    kms_key_id: str = "alias/gateway-model-keys"
    key_cache_seconds: Annotated[float, Field(ge=0, le=300)] = 300.0
    model_name: str = "gpt-4.1-mini"
    model_base_url: str | None = None
    model_api_key: SecretStr | None = None
    model_api_key_secret: str | None = None
    model_timeout_seconds: Annotated[float, Field(gt=0)] = 25.0
    model_retries: Annotated[int, Field(ge=0, le=3)] = 1
    private_model_urls: bool = False
    claim_seconds: Annotated[float, Field(gt=0)] = 95.0
    attempts: Annotated[int, Field(ge=1)] = 3
    retry_base_seconds: Annotated[float, Field(ge=0)] = 3.0
    retry_max_seconds: Annotated[float, Field(ge=0)] = 60.0
    turn_expiry_seconds: Annotated[float, Field(gt=0)] = 600.0
    pause_seconds: Annotated[float, Field(gt=0)] = 300.0
    pause_after_failures: Annotated[int, Field(ge=1)] = 5
    fallback_interval_seconds: Annotated[float, Field(ge=0)] = 3600.0
    reply_expiry_seconds: Annotated[float, Field(gt=0)] = 120.0
    typing_interval_seconds: Annotated[float, Field(gt=0)] = 8.0
    messages_per_minute: Annotated[int, Field(ge=1)] = 20
    messages_per_hour: Annotated[int, Field(ge=1)] = 200


class SweeperSettings(DatabaseSettings, QueueSettings):
    """Settings of functions/sweeper; retention in days, other durations in seconds."""

    lost_after_seconds: Annotated[float, Field(ge=0)] = 5.0
    turn_expiry_seconds: Annotated[float, Field(gt=0)] = 600.0
    batch: Annotated[int, Field(ge=1)] = 500
    event_days: Annotated[float, Field(ge=0)] = 30.0
    command_days: Annotated[float, Field(ge=0)] = 30.0
    turn_days: Annotated[float, Field(ge=0)] = 90.0
    usage_days: Annotated[float, Field(ge=0)] = 400.0
    set_aside_days: Annotated[float, Field(ge=0)] = 14.0
    early_receipt_days: Annotated[float, Field(ge=0)] = 2.0
    deleted_session_days: Annotated[float, Field(ge=0)] = 7.0


class ConnectorSettings(DatabaseSettings, QueueSettings):
    """Settings of the connector; durations in seconds."""

    whatsmeow_database_url: SecretStr
    whatsmeow_database_url_secret: str | None = None
    workers: Annotated[int, Field(ge=0)] = 0
    lease_ttl_seconds: Annotated[float, Field(gt=0)] = 20.0
    lease_margin_seconds: Annotated[float, Field(ge=0)] = 3.0
    look_interval_seconds: Annotated[float, Field(gt=0)] = 5.0
    listen: bool = True
    max_pairings: Annotated[int, Field(ge=1)] = 10
    qr_sets: Annotated[int, Field(ge=1)] = 3
    logout_offline_seconds: Annotated[float, Field(gt=0)] = 30.0
    drain_seconds: Annotated[float, Field(gt=0)] = 20.0
    replaced_pause_seconds: Annotated[float, Field(gt=0)] = 30.0
    reconnect_base_seconds: Annotated[float, Field(gt=0)] = 1.0
    reconnect_max_seconds: Annotated[float, Field(gt=0)] = 60.0
    offline_sync_seconds: Annotated[float, Field(ge=0)] = 15.0
    send_limit_seconds: Annotated[float, Field(gt=0)] = 100.0
    close_seconds: Annotated[float, Field(gt=0)] = 5.0
    idle_seconds: Annotated[float, Field(gt=0)] = 0.2
    device_name: str = "WhatsApp Gateway"
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] = 8081
