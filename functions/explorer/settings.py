"""Settings of the Explorer, read once from the environment; every variable begins with GATEWAY_."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Annotated, Any

from cryptography.fernet import Fernet, MultiFernet
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway.aws.secrets_manager import read_secret

_MIN_KEY_CHARACTERS = 32


class ExplorerSettings(BaseSettings):
    """Settings of the Explorer.

    `cookie_keys` are random texts: the first encrypts the cookies, all decrypt them, so that keys can be rotated.
    `cookie_keys_secret` is the ARN of a secret that holds them. `explorer_hosts` are the host names that are served.
    `whatsapp_control_url` and `explorer_key_file` are set only where everything runs on one machine: the control API of
    the local WhatsApp server, for the Try it tab, and a file with an API key that everybody there may sign in with.
    """

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", env_ignore_empty=True)

    api_url: str = "http://127.0.0.1:3001"
    cookie_keys: SecretStr
    cookie_keys_secret: str | None = None
    explorer_hosts: Annotated[list[str], NoDecode] = ["127.0.0.1", "localhost"]
    explorer_session_hours: Annotated[float, Field(gt=0)] = 12.0
    whatsapp_control_url: str | None = None
    explorer_key_file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, values: dict[str, Any]) -> dict[str, Any]:
        arn = values.get("cookie_keys_secret")
        return {**values, "cookie_keys": read_secret(arn)} if arn else values

    @field_validator("explorer_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [host.strip() for host in value.split(",") if host.strip()] if isinstance(value, str) else value

    @field_validator("cookie_keys")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if any(len(key) < _MIN_KEY_CHARACTERS for key in _keys(value)):
            raise ValueError(f"give random texts of at least {_MIN_KEY_CHARACTERS} characters, separated by commas")
        return value

    @property
    def cookie_cipher(self) -> MultiFernet:
        """The cipher of the sign-in cookie."""
        digests = [hashlib.sha256(key.encode()).digest() for key in _keys(self.cookie_keys)]
        return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _keys(value: SecretStr) -> list[str]:
    return [key.strip() for key in value.get_secret_value().split(",")]
