"""Settings of models: the platform's own, and the services that sessions bring."""

from __future__ import annotations

from pydantic import Field

from gateway.setting_types import AtLeastOne, CommaSeparated, GatewaySettings


class EncryptionSettings(GatewaySettings):
    """What seals the secrets that are kept for people."""

    kms_key_id: str = Field(
        default="alias/gateway-model-keys",
        description="AWS KMS key (id, ARN or alias) that encrypts the model keys of sessions and secrets of webhooks.",
    )


class ModelServiceSettings(EncryptionSettings):
    """Keys and addresses of the models' services that sessions bring."""

    private_model_urls: bool = Field(
        default=False, description="Whether a session's `baseUrl` may lead to an address inside our own network."
    )


class PlatformModelSettings(GatewaySettings):
    """The platform's own model, for sessions that name no service and no key of their own, and its limits."""

    model_name: str = Field(
        default="gpt-5.4-mini", description="Model that answers for sessions without a model of their own."
    )
    model_allowed: CommaSeparated = Field(
        default=[],
        description="Further models that sessions may choose with the platform's key, separated by commas; `*`: any.",
    )
    model_max_tokens: AtLeastOne = Field(
        default=2_000, description="Longest answer in tokens that sessions may ask for with the platform's key."
    )
    model_max_prompt_tokens: int = Field(
        default=20_000, ge=1_000, description="Largest prompt in tokens, as estimated, with the platform's key."
    )
    model_user_daily_tokens: int = Field(
        default=1_000_000,
        ge=0,
        description="Tokens of the platform's key that all sessions of one user may spend a day (UTC).",
    )

    def allows_model(self, name: str | None) -> bool:
        """Return whether sessions may use a model, by None the platform's, with the platform's key."""
        return name in (None, self.model_name) or "*" in self.model_allowed or name in self.model_allowed
