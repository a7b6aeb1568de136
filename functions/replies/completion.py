"""What a model's service answered: read strictly, for anything may stand at an address that a person typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from functions.replies.errors import Permanent, Withheld
from gateway.domain.prompts import PromptMessage, estimate_tokens, total_tokens
from gateway.domain.sanitize import sanitize_text
from gateway.domain.turns import Failure
from gateway.metrics import Metric, measure


class _Part(BaseModel):
    type: str | None = None
    text: str | None = None


class _Message(BaseModel):
    """Some services answer in parts, of which those of the type `text` are meant for people."""

    content: str | list[_Part] | None = None
    refusal: str | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return sanitize_text("".join(part.text or "" for part in self.content if part.type == "text"))
        return sanitize_text(self.content or "")


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


_Tokens = Annotated[int, Field(ge=0, le=10**9)]


class _Details(BaseModel):
    reasoning_tokens: _Tokens | None = None


class _Usage(BaseModel):
    prompt_tokens: _Tokens = 0
    completion_tokens: _Tokens = 0
    completion_tokens_details: _Details | None = None


class _Completion(BaseModel):
    choices: list[_Choice]
    usage: object = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model answered, and what it cost."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: int


def read_answer(body: bytes, prompt: Sequence[PromptMessage], latency_ms: int) -> Answer:
    """Return the answer in a service's response. Raises Permanent where it is no completion, and Withheld.

    Tokens that the service does not count are estimated: they must not be free.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError:
        raise Permanent(Failure.NOT_COMPATIBLE) from None
    choice = completion.choices[0] if completion.choices else _Choice(message=_Message())
    usage = _usage(completion)
    prompt_tokens, completion_tokens = _tokens(usage, choice, prompt)
    measure(Metric.MODEL_TOKENS, prompt_tokens + completion_tokens)

    def withheld(failure: Failure, detail: str | None = None) -> Withheld:
        return Withheld(failure, prompt_tokens, completion_tokens, latency_ms, detail)

    if choice.finish_reason == "content_filter":
        raise withheld(Failure.FILTERED)
    if choice.message.refusal:
        raise withheld(Failure.REFUSED)
    text = choice.message.text.strip()
    if not text:
        raise withheld(Failure.EMPTY, _why_empty(usage, choice))
    return Answer(text, prompt_tokens, completion_tokens, latency_ms)


def _usage(completion: _Completion) -> _Usage | None:
    """Return what the service counted; None where it did not, or not in a way that can be read."""
    try:
        usage = _Usage.model_validate(completion.usage)
    except ValidationError:
        return None
    return usage if usage.prompt_tokens else None


def _tokens(usage: _Usage | None, choice: _Choice, prompt: Sequence[PromptMessage]) -> tuple[int, int]:
    if usage is not None:
        return usage.prompt_tokens, usage.completion_tokens
    return total_tokens(prompt), estimate_tokens(choice.message.text or choice.message.refusal or "")


def _why_empty(usage: _Usage | None, choice: _Choice) -> str | None:
    """Return what the owner can do, where the limit of tokens was the reason."""
    if choice.finish_reason != "length":
        return None
    details = usage.completion_tokens_details if usage else None
    if details and details.reasoning_tokens:
        return f"The model spent {details.reasoning_tokens} tokens on thinking, up to maxTokens: raise it."
    return "maxTokens was reached before the first word, perhaps by thinking: raise it."
