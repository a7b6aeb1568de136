"""Settings of who may call: where user profiles are, what signs tokens, how often a key may ask."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from gateway.setting_types import MIN_KEY_CHARACTERS, AtLeastOne, GatewaySettings, split_keys


class UserProfilesSettings(GatewaySettings):
    """Where the user profiles are."""

    user_profiles_table: str = Field(
        default="gateway.user_profiles",
        description="Table that `whatsapp_sessions.user_profile_id` refers to; only the default one is created.",
    )


class KeySettings(GatewaySettings):
    """What concerns keys and the tokens that are made with them."""

    requests_per_minute: AtLeastOne = Field(
        default=600, description="Requests that one API key may make in a minute; an app key for each user profile."
    )
    token_keys: SecretStr = Field(
        description="Random texts of at least 32 characters, separated by commas: the first signs tokens for browsers, "
        "and all verify them, so that one can be replaced."
    )
    token_keys_secret: str | None = Field(
        default=None, description="ARN of a secret in AWS Secrets Manager that holds these texts."
    )

    @field_validator("token_keys")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if any(len(key) < MIN_KEY_CHARACTERS for key in split_keys(value)):
            raise ValueError(f"give random texts of at least {MIN_KEY_CHARACTERS} characters, separated by commas")
        return value
