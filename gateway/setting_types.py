"""What the classes of settings are made of: their base, and types of fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(value: object) -> object:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


# A list in one variable, with commas between the items.
CommaSeparated = Annotated[list[str], NoDecode, BeforeValidator(_split)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
MIN_KEY_CHARACTERS = 32


def split_keys(value: SecretStr) -> list[str]:
    """Return the random texts in one variable, with commas between them."""
    return [key.strip() for key in value.get_secret_value().split(",")]


class GatewaySettings(BaseSettings):
    """Base of all settings."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore")
