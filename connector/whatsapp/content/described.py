"""A message of a kind that is described by more than text, file and place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.domain.content import Details


@dataclass(frozen=True, slots=True)
class Described:
    """`media` and `location` are of the attachment in its header; `target_message_id` is what it is about."""

    message_type: str
    text: str | None = None
    details: Details | None = None
    media: dict[str, Any] | None = None
    location: dict[str, Any] | None = None
    target_message_id: str | None = None
