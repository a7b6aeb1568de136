"""The settings of the assistant: its policies, and the defaults."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class GroupPolicy(StrEnum):
    NEVER = "never"
    MENTIONED = "mentioned"


class Language(StrEnum):
    """A language in which contacts are told what the gateway itself has to say."""

    GERMAN = "de"
    ENGLISH = "en"
    SPANISH = "es"
    FRENCH = "fr"
    ITALIAN = "it"
    PORTUGUESE = "pt"


class UnseenMedia(StrEnum):
    """What is done about media, which the model cannot see or hear."""

    SAY = "say"
    SILENT = "silent"
    HAND_OVER = "hand_over"


class TakeoverReason(StrEnum):
    """How a person took a chat over: by writing in it, or by asking for silence."""

    WROTE = "wrote"
    REQUESTED = "requested"


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
    language: Language | None = None
    time_zone: str = "UTC"
    disclose: bool = True
    unseen_media: UnseenMedia = UnseenMedia.SAY


DEFAULTS: Final = AssistantDefaults()
