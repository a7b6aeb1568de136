"""Presence: who types in which chat, and who is online."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

# How long the presence of a person is told for one request, in minutes.
MOST_MINUTES = 60
DEFAULT_MINUTES = 5


class PresenceSetting(StrEnum):
    """When a session is available, which alone brings the presence of others: never, while somebody asks, always."""

    OFF = "off"
    ON_REQUEST = "on_request"
    AVAILABLE = "available"


class TypingState(StrEnum):
    """What somebody does in a chat."""

    TYPING = "typing"
    RECORDING = "recording"
    PAUSED = "paused"


def typing_payload(chat_id: object, state: TypingState) -> dict[str, Any]:
    """Return the payload of a command that shows it; the release before knows `composing` alone."""
    recording = {"recording": True} if state is TypingState.RECORDING else {}
    return {"chatId": str(chat_id), "composing": state is not TypingState.PAUSED, **recording}


def typing_state(payload: Mapping[str, Any]) -> TypingState:
    """Return the state in a payload."""
    if not payload["composing"]:
        return TypingState.PAUSED
    return TypingState.RECORDING if payload.get("recording") else TypingState.TYPING
