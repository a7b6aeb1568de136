"""Settings of the Explorer, read once from the environment; every variable begins with GATEWAY_."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cryptography.fernet import Fernet, MultiFernet
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class ExplorerSettings(BaseSettings):
    """`explorer_secrets` are Fernet keys for the cookie: the first seals, all open, so that they can be exchanged.

    `whatsapp_control_url` and `explorer_key_file` exist only on one machine: the control of the local WhatsApp server
    for the Try it tab, and an API key with which everybody may sign in.
    """

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", env_ignore_empty=True)

    api_url: str = "http://127.0.0.1:3001"
    explorer_secrets: SecretStr
    explorer_hosts: Annotated[list[str], NoDecode] = ["127.0.0.1", "localhost"]
    explorer_session_hours: Annotated[float, Field(gt=0)] = 12.0
    whatsapp_control_url: str | None = None
    explorer_key_file: Path | None = None

    @field_validator("explorer_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [host.strip() for host in value.split(",") if host.strip()] if isinstance(value, str) else value

    @field_validator("explorer_secrets")
    @classmethod
    def _keys(cls, value: SecretStr) -> SecretStr:
        try:
            _fernet(value)
        except ValueError as error:
            raise ValueError("give Fernet keys: 32 bytes in URL-safe base64, separated by commas") from error
        return value

    @property
    def seal(self) -> MultiFernet:
        return _fernet(self.explorer_secrets)


def _fernet(keys: SecretStr) -> MultiFernet:
    return MultiFernet([Fernet(key.strip()) for key in keys.get_secret_value().split(",")])
