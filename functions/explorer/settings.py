"""Settings of the Explorer, read once from the environment; every variable begins with GATEWAY_."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from gateway.aws.secrets_manager import read_secret
from gateway.media_settings import MediaSizeSettings
from gateway.setting_types import MIN_KEY_CHARACTERS, CommaSeparated, Positive, split_keys

# What else stood in it would be a part of the content security policy.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


class ExplorerSettings(MediaSizeSettings):
    """Settings of functions/explorer."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    api_url: str = Field(default="http://127.0.0.1:3001", description="Address of the gateway's API.")
    cookie_keys: SecretStr = Field(
        description="Random texts of at least 32 characters, separated by commas: the first encrypts cookies, "
        "and all decrypt them, so that a key can be replaced."
    )
    cookie_keys_secret: str | None = Field(
        default=None, description="ARN of a secret in AWS Secrets Manager that holds the keys of the cookies."
    )
    explorer_hosts: CommaSeparated = Field(
        default=["127.0.0.1", "localhost"],
        description="Host names by which the Explorer may be called, separated by commas.",
    )
    explorer_media_origins: CommaSeparated = Field(
        default=[],
        description="Origins of the S3 bucket of the files, separated by commas: pages show files from there, and "
        "upload to it. Without one no files are shown.",
    )
    explorer_session_hours: Positive = Field(
        default=12.0, description="Hours after which a browser must sign in again."
    )
    whatsapp_control_url: str | None = Field(
        default=None,
        description="Control address of the local WhatsApp server; it turns on the Try it tab.",
    )
    explorer_key_file: Path | None = Field(
        default=None,
        description="File with an API key with which everybody may sign in; only for a developer's machine.",
    )

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, values: dict[str, Any]) -> dict[str, Any]:
        arn = values.get("cookie_keys_secret")
        return {**values, "cookie_keys": read_secret(arn)} if arn else values

    @field_validator("cookie_keys")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if any(len(key) < MIN_KEY_CHARACTERS for key in split_keys(value)):
            raise ValueError(f"give random texts of at least {MIN_KEY_CHARACTERS} characters, separated by commas")
        return value

    @field_validator("explorer_media_origins")
    @classmethod
    def _origins(cls, value: list[str]) -> list[str]:
        if not all(_ORIGIN.fullmatch(origin) for origin in value):
            raise ValueError("give origins such as https://bucket.s3.amazonaws.com, separated by commas")
        return value

    @property
    def cookie_cipher(self) -> MultiFernet:
        """The cipher of the sign-in cookie."""
        digests = [hashlib.sha256(key.encode()).digest() for key in split_keys(self.cookie_keys)]
        return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
