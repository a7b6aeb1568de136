"""How much may be asked of a model: as the settings of the session say, and on the platform's key as it allows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.domain.prompts import Clock, Window, fixed_tokens
from gateway.domain.turns import Failure
from gateway.settings import RepliesSettings
from gateway.store.assistant.configs import AssistantConfig

# Less would cut the newest message to a few words.
_SMALLEST_WINDOW = 100


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The turn ends as failed without a call of the model."""

    failure: Failure
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """`answer` is in tokens."""

    window: Window
    answer: int


def limits_of(settings: RepliesSettings, config: AssistantConfig, clock: Clock) -> Limits | NotAsked:
    """Return the limits of a call, or why there must be none."""
    if not config.uses_platform_key:
        return Limits(config.window, config.max_tokens)
    if not settings.allows_model(config.model):
        return NotAsked(Failure.MODEL_NOT_ALLOWED)
    room = settings.model_max_prompt_tokens - fixed_tokens(config.system_prompt, clock)
    if room < _SMALLEST_WINDOW:
        return NotAsked(Failure.PROMPT_TOO_LONG)
    window = replace(config.window, tokens=min(config.history_tokens, room))
    return Limits(window, min(config.max_tokens, settings.model_max_tokens))
