"""What sessions may ask of the platform's own model key: checked when settings are saved and when a trial is begun.

functions/replies checks again before each call, for what was saved earlier.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.domain.errors import Conflict, InvalidInput, RateLimited
from gateway.domain.prompts import Clock, estimate_tokens, fixed_tokens
from gateway.domain.turns import FAILURE_SENTENCES, Failure
from gateway.model_settings import PlatformModelSettings
from gateway.store.assistant import clocks, configs, usage
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.database import Connection
from gateway.store.sessions import Session

_KEY = "on the platform's key; set an apiKey of your own for more."


def require_within_limits(config: AssistantConfig, settings: PlatformModelSettings) -> None:
    """Raise InvalidInput with the setting that the platform's key does not allow."""
    if not config.uses_platform_key:
        return
    if not settings.allows_model(config.model):
        raise InvalidInput("model", FAILURE_SENTENCES[Failure.MODEL_NOT_ALLOWED])
    if config.max_tokens > settings.model_max_tokens:
        raise InvalidInput("maxTokens", f"At most {settings.model_max_tokens} {_KEY}")
    now = datetime.now(UTC)
    if fixed_tokens(config.system_prompt, Clock(now, now, config.time_zone)) > settings.model_max_prompt_tokens // 2:
        raise InvalidInput("systemPrompt", f"At most about {settings.model_max_prompt_tokens // 2} tokens {_KEY}")


def require_trial_allowed(
    connection: Connection, session: Session, message: str, settings: PlatformModelSettings
) -> None:
    """Raise Conflict for the model, InvalidInput for the message, RateLimited where the user's budget is spent."""
    config = configs.get(connection, session.id)
    if not config.uses_platform_key:
        return
    if not settings.allows_model(config.model):
        raise Conflict(Failure.MODEL_NOT_ALLOWED, FAILURE_SENTENCES[Failure.MODEL_NOT_ALLOWED])
    tokens = fixed_tokens(config.system_prompt, clocks.read(connection, config.time_zone)) + estimate_tokens(message)
    if tokens > settings.model_max_prompt_tokens:
        raise InvalidInput("message", f"With the instructions at most {settings.model_max_prompt_tokens} tokens {_KEY}")
    limit = settings.model_user_daily_tokens
    needed = tokens + min(config.max_tokens, settings.model_max_tokens)
    if usage.spent_of_user(connection, session.user_profile_id) + needed > limit:
        raise RateLimited("user", f"Your sessions may use {limit} tokens a day {_KEY}", _until_tomorrow())


def _until_tomorrow() -> float:
    """Return the seconds until the next day (UTC)."""
    now = datetime.now(UTC)
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow - now).total_seconds()
