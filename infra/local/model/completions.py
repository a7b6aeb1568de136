"""What the model stub says: decided by what it was shown, so that a test knows it beforehand. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from infra.local.model.faults import Fault

BYTES_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 3


class ShownMessage(BaseModel):
    role: str
    content: str


class StreamOptions(BaseModel):
    include_usage: bool = False


class CompletionRequest(BaseModel):
    """What of OpenAI's request the stub understands; the rest is ignored."""

    model: str
    messages: Annotated[list[ShownMessage], Field(min_length=1)]
    temperature: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()

    @property
    def newest(self) -> str:
        """What the user said last."""
        return next((message.content for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def limit(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` is None where the service keeps it back; a refusal has a text of its own."""

    text: str | None
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    refusal: str | None = None


def count_tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def complete(request: CompletionRequest, fault: Fault | None) -> Completion:
    shown = sum(count_tokens(message.content) + TOKENS_PER_MESSAGE for message in request.messages)
    kind = fault.kind if fault else None
    if kind == "filter":
        return Completion(None, "content_filter", shown, 0)
    if kind == "refuse":
        return Completion(None, "stop", shown, 5, refusal="I cannot help with that.")
    text, finish_reason = _limited(_said(request, fault), request.limit)
    return Completion(text, finish_reason, shown, count_tokens(text))


def _said(request: CompletionRequest, fault: Fault | None) -> str:
    match fault.kind if fault else None:
        case "empty":
            return ""
        case "say":
            return fault.text if fault else ""
        case "reveal":
            return _joined(message for message in request.messages if message.role == "system")
        case "recite":
            return _joined(message for message in request.messages if message.role != "system")
        case _:
            return f"You wrote: {request.newest}"


def _joined(messages: Iterable[ShownMessage]) -> str:
    return "\n".join(message.content for message in messages)


def _limited(text: str, tokens: int | None) -> tuple[str, str]:
    if tokens is None or count_tokens(text) <= tokens:
        return text, "stop"
    return text.encode()[: tokens * BYTES_PER_TOKEN].decode(errors="ignore"), "length"
