"""The settings of the assistant: the policies for groups, and the defaults."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class GroupPolicy(StrEnum):
    NEVER = "never"
    MENTIONED = "mentioned"


@dataclass(frozen=True, slots=True)
class AssistantDefaults:
    """Every setting that has a default; the column defaults of gateway.ai_configs are the same."""

    enabled: bool = False
    system_prompt: str = ""
    max_tokens: int = 500
    history_messages: int = 30
    history_tokens: int = 3000
    history_hours: int = 24
    debounce_seconds: int = 4
    max_age_seconds: int = 120
    groups: GroupPolicy = GroupPolicy.NEVER
    takeover_minutes: int = 30
    daily_tokens: int | None = 200_000
    keep_prompts: bool = False


DEFAULTS: Final = AssistantDefaults()
