"""Settings of the database: how to reach it, and what a function may rely on."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr, model_validator

from gateway.aws.secrets_manager import database_url, read_secret
from gateway.setting_types import AtLeastOne, GatewaySettings, Positive


class DatabaseSettings(GatewaySettings):
    """A pooled connection string for functions, a direct one for the connector and for migrations."""

    database_url: SecretStr = Field(
        description="PostgreSQL connection string; its login may be left out where the secret holds it."
    )
    database_url_secret: str | None = Field(
        default=None,
        description="ARN of the secret in AWS Secrets Manager that holds this string, or the login missing in it.",
    )
    database_pool_size: AtLeastOne = Field(
        default=8, description="Largest number of database connections of one process."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Complete each `<name>` from the secret whose ARN is in `<name>_secret`."""
        for name in [field for field in cls.model_fields if field.endswith("_secret")]:
            if arn := values.get(name):
                target = name.removesuffix("_secret")
                values[target] = database_url(read_secret(arn), values.get(target))
        return values


class FunctionDatabaseSettings(DatabaseSettings):
    """How a function uses the database."""

    database_direct: bool = Field(
        default=False,
        description="Whether the connection string leads to PostgreSQL itself, not to a pooler: then statements are"
        " prepared, and a send is waited for by LISTEN.",
    )

    database_wait_seconds: Positive = Field(
        default=5.0, description="Seconds to wait for a database connection before a request or turn fails."
    )
