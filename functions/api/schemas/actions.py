"""What may be done to a message: edit, react, pin."""

from __future__ import annotations

from typing import Annotated, Literal

from emoji import is_emoji
from pydantic import AfterValidator, Field

from gateway.domain.messages import MAX_TEXT_CHARACTERS
from gateway.schemas.base import RequestBody, shown


def _emoji(text: str) -> str:
    if text and not is_emoji(text):
        raise ValueError("Write one emoji, or nothing to take the reaction back.")
    return text


class EditMessage(RequestBody):
    """What a message says from now on."""

    model_config = shown({"text": "The plumber comes on Friday."})

    text: Annotated[
        str,
        Field(
            description=f"The text, or the caption of a file; at most {MAX_TEXT_CHARACTERS} characters.",
            json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT_CHARACTERS},
        ),
    ]


class ResendMessage(RequestBody):
    """Which messages are sent again."""

    model_config = shown({"force": True})

    force: Annotated[
        bool,
        Field(description="Also one whose outcome is unknown: it may have been sent, and may then arrive twice."),
    ] = False


class React(RequestBody):
    """A mark on a message; of one person the last one holds."""

    model_config = shown({"emoji": "👍"})

    emoji: Annotated[
        Annotated[str, AfterValidator(_emoji)] | None,
        Field(description="One emoji; nothing or null takes the reaction back.", max_length=64),
    ]


class PinMessage(RequestBody):
    """For how long a message is pinned for all."""

    model_config = shown({"seconds": 604_800})

    seconds: Annotated[
        Literal[86_400, 604_800, 2_592_000], Field(description="A day, a week or 30 days, as phones offer.")
    ] = 604_800
