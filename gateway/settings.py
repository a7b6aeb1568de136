"""Settings, read once from the environment by each entry point; every variable begins with GATEWAY_."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class DatabaseSettings(BaseSettings):
    """A pooled connection string for functions, a direct one for the connector and for migrations."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore")

    database_url: SecretStr
    database_pool_size: Annotated[int, Field(ge=1)] = 8


class MigrateSettings(DatabaseSettings):
    """`user_profiles_table` is what whatsapp_sessions.user_profile_id refers to; made by us where it is our default."""

    user_profiles_table: str = "gateway.user_profiles"


class QueueSettings(BaseSettings):
    """Where doorbells are rung; AWS's own variables (region, endpoint, credentials) are boto3's."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore")

    queue_prefix: str = ""
    shards: Annotated[int, Field(ge=1, le=1024)] = 16


class ApiSettings(DatabaseSettings, QueueSettings):
    """Settings of the REST API; durations in seconds."""

    cors_origins: Annotated[list[str], NoDecode] = ["http://localhost:3000"]
    requests_per_minute: Annotated[int, Field(ge=1)] = 600
    messages_per_minute: Annotated[int, Field(ge=1)] = 20
    messages_per_hour: Annotated[int, Field(ge=1)] = 200
    new_chats_per_day: Annotated[int, Field(ge=1)] = 50
    send_wait_seconds: Annotated[float, Field(ge=0, le=25)] = 10.0
    command_expiry_seconds: Annotated[float, Field(gt=0)] = 3600.0

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [origin.strip() for origin in value.split(",") if origin.strip()] if isinstance(value, str) else value


class ConnectorSettings(DatabaseSettings, QueueSettings):
    """Settings of the connector; durations in seconds."""

    whatsmeow_database_url: SecretStr
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
    health_port: Annotated[int, Field(ge=0, le=65535)] = 8081
