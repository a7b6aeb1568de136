"""The completions of the model stub: they follow from the request, so that a test knows them beforehand. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from infra.local.model.faults import Fault

BYTES_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 3
# Models of this name think before they answer, as OpenAI's do that reason.
REASONING = "reasoning"
THINKING_TOKENS = 64
# The model of this name says what it is: people who try the gateway talk to it.
EXPLAINING = "local-stub"
NOTE = (
    "I am a stub that repeats what was written, not a model. For a model, start with OPENAI_API_KEY=… make up, "
    "or set its key in the Explorer: AI, Model.\n"
)
# Before the newest message stands the time.
_TIME = re.compile(r"\A\[It is [^\n]*\]\n?")


class ChatMessage(BaseModel):
    role: str
    content: str


class StreamOptions(BaseModel):
    include_usage: bool = False


class CompletionRequest(BaseModel):
    """The part of OpenAI's request that the stub understands; the rest is ignored."""

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    temperature: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()

    @property
    def newest(self) -> str:
        """The user's newest message, without the time before it."""
        newest = next((message.content for message in reversed(self.messages) if message.role == "user"), "")
        return _TIME.sub("", newest)

    @property
    def reasons(self) -> bool:
        return self.model.startswith(REASONING)

    @property
    def unsupported(self) -> str | None:
        """The name of a parameter that the model does not take."""
        given = {"temperature": self.temperature not in (None, 1), "max_tokens": self.max_tokens is not None}
        return next((name for name, is_given in given.items() if is_given), None) if self.reasons else None

    @property
    def limit(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion; `text` is None where it is filtered or refused, and a refusal has a text of its own."""

    text: str | None
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    refusal: str | None = None
    reasoning_tokens: int = 0


def count_tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def complete(request: CompletionRequest, fault: Fault | None) -> Completion:
    """Return the completion of a request, as a fault wants it where there is one."""
    prompt_tokens = sum(count_tokens(message.content) + TOKENS_PER_MESSAGE for message in request.messages)
    kind = fault.kind if fault else None
    if kind == "filter":
        return Completion(None, "content_filter", prompt_tokens, 0)
    if kind == "refuse":
        return Completion(None, "stop", prompt_tokens, 5, refusal="I cannot help with that.")
    thinking = THINKING_TOKENS if request.reasons else 0
    limit = None if request.limit is None else request.limit - thinking
    text, finish_reason = _limited(_text(request, fault), limit)
    tokens = count_tokens(text) + thinking
    return Completion(text, finish_reason, prompt_tokens, tokens, reasoning_tokens=thinking)


def _text(request: CompletionRequest, fault: Fault | None) -> str:
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
            return (NOTE if request.model == EXPLAINING else "") + f"You wrote: {request.newest}"


def _joined(messages: Iterable[ChatMessage]) -> str:
    return "\n".join(message.content for message in messages)


def _limited(text: str, tokens: int | None) -> tuple[str, str]:
    if tokens is None or count_tokens(text) <= tokens:
        return text, "stop"
    return text.encode()[: max(tokens, 0) * BYTES_PER_TOKEN].decode(errors="ignore"), "length"
