"""Turns of the assistant as the API shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from pydantic.config import JsonDict

from gateway.domain.messages import MAX_TEXT_CHARACTERS
from gateway.domain.turns import TurnKind, TurnStatus, sentence
from gateway.schemas.base import Moment, RequestBody, ResponseBody, Text, shown
from gateway.store.assistant.turns import Turn

_TURN_ID = "0198c7a6-2c3d-7e4f-a011-22334455aabb"
_CHAT_ID = "0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2c3"
USAGE: JsonDict = {"promptTokens": 212, "completionTokens": 18, "totalTokens": 230}
_TURN: JsonDict = {
    "id": _TURN_ID,
    "kind": "reply",
    "status": "replied",
    "reason": None,
    "detail": None,
    "chatId": _CHAT_ID,
    "firstAnsweredId": "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91",
    "answeredId": "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91",
    "firstMessageId": "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91",
    "messageId": "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91",
    "supersededBy": None,
    "model": "gpt-5.4-mini",
    "usage": USAGE,
    "latencyMs": 840,
    "question": None,
    "answer": None,
    "prompt": None,
    "createdAt": "2026-08-21T09:40:02.000Z",
    "endedAt": "2026-08-21T09:40:07.113Z",
}


class Trial(RequestBody):
    """What a contact might write."""

    model_config = shown({"message": "When is the rent due?"})

    message: Annotated[Text, Field(min_length=1, max_length=MAX_TEXT_CHARACTERS)]


class TurnUsage(ResponseBody):
    """As the model's service counted."""

    model_config = shown(USAGE)

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class TurnBody(ResponseBody):
    """One decision of the assistant: what became of what a contact wrote, and why."""

    model_config = shown(_TURN)

    id: UUID
    kind: TurnKind
    status: TurnStatus
    reason: str | None = Field(description="Machine-readable: why it was skipped, or failed.")
    detail: str | None = Field(description="The same for people.")
    chat_id: UUID | None
    first_answered_id: UUID | None = Field(description="Our id of the first message it answers.")
    answered_id: UUID | None = Field(description="Our id of the message it answers, the last of a burst.")
    first_message_id: UUID | None = Field(deprecated=True, description="The same as `firstAnsweredId`.")
    message_id: UUID | None = Field(
        deprecated=True, description="The same as `answeredId`: ours, elsewhere `messageId` is WhatsApp's."
    )
    superseded_by: UUID | None = Field(description="The turn that answers in its place.")
    model: str | None
    usage: TurnUsage | None
    latency_ms: int | None
    question: str | None = Field(description="Of a trial: what was asked.")
    answer: str | None = Field(
        description="Of a trial, and where `keepPrompts` is set; of others it is in the messages."
    )
    prompt: list[dict[str, str]] | None = Field(description="What the model was shown, where `keepPrompts` is set.")
    created_at: Moment
    ended_at: Moment | None

    @classmethod
    def of(cls, turn: Turn) -> TurnBody:
        named = ("id", "kind", "status", "reason", "chat_id", "first_message_id", "superseded_by", "model",
                 "latency_ms", "prompt", "created_at", "ended_at")  # fmt: skip
        values: dict[str, Any] = {name: getattr(turn, name) for name in named}
        detail = " ".join(text for text in (sentence(turn.reason), turn.detail) if text)
        values |= {"detail": detail or None, "question": turn.input, "answer": turn.output}
        values |= {"first_answered_id": turn.first_message_id, "answered_id": turn.last_message_id}
        values |= {"message_id": turn.last_message_id}
        return cls.model_validate({**values, "usage": _usage(turn.prompt_tokens, turn.completion_tokens)})


class TurnPage(ResponseBody):
    """Newest first."""

    turns: list[TurnBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


class TrialPending(ResponseBody):
    """The answer takes longer; it will be in the turn."""

    model_config = shown({"id": _TURN_ID, "status": "waiting"})

    id: UUID
    status: Literal["waiting", "running"]


def _usage(prompt_tokens: int | None, completion_tokens: int | None) -> TurnUsage | None:
    if prompt_tokens is None or completion_tokens is None:
        return None
    total = prompt_tokens + completion_tokens
    return TurnUsage(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens, total_tokens=total)
