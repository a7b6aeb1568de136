"""Turns: each is one decision of the assistant about what a contact wrote, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from gateway.domain.replies import SENTENCES, SkipReason


class TurnKind(StrEnum):
    """A `test` shows what would be answered and sends nothing."""

    REPLY = "reply"
    TEST = "test"


class TurnStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    REPLIED = "replied"
    SKIPPED = "skipped"
    FAILED = "failed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class DueTurn:
    """A turn that functions/replies has to process, after `delay_seconds`."""

    turn_id: UUID
    delay_seconds: float = 0.0


class Failure(StrEnum):
    """Why a turn ended without an answer although one was due."""

    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "model_unavailable"
    TIMEOUT = "model_timeout"
    KEY_REFUSED = "key_refused"
    KEY_MISSING = "key_missing"
    KEY_UNREADABLE = "key_unreadable"
    REQUEST_REFUSED = "request_refused"
    ADDRESS_REFUSED = "address_refused"
    NOT_COMPATIBLE = "not_compatible"
    MODEL_NOT_ALLOWED = "model_not_allowed"
    PROMPT_TOO_LONG = "prompt_too_long"
    REFUSED = "refused"
    FILTERED = "content_filtered"
    EMPTY = "empty_answer"
    PROMPT_LEAK = "prompt_leak"
    PACED = "paced"
    EXPIRED = "expired"
    GAVE_UP = "gave_up"


FAILURE_SENTENCES: dict[Failure, str] = {
    Failure.RATE_LIMITED: "The model's service answered too often that it gets too many requests.",
    Failure.UNAVAILABLE: "The model's service could not be reached or failed.",
    Failure.TIMEOUT: "The model did not answer in time.",
    Failure.KEY_REFUSED: "The model's service refused the key: set a valid apiKey.",
    Failure.KEY_MISSING: "There is no key for the model's service: set apiKey.",
    Failure.KEY_UNREADABLE: "The stored key could not be decrypted: set apiKey again.",
    Failure.REQUEST_REFUSED: "The model's service refused the request: check model, maxTokens and temperature.",
    Failure.ADDRESS_REFUSED: "baseUrl leads to an address that is not public.",
    Failure.NOT_COMPATIBLE: "What answers at baseUrl is no OpenAI-compatible service: check the address.",
    Failure.MODEL_NOT_ALLOWED: "This model may not be used with the platform's key: choose another, or set an apiKey.",
    Failure.PROMPT_TOO_LONG: "The instructions leave no room for a message within the platform's limit of tokens.",
    Failure.REFUSED: "The model refused to answer.",
    Failure.FILTERED: "The model's service filtered the answer.",
    Failure.EMPTY: "The model's answer was empty.",
    Failure.PROMPT_LEAK: "The model's answer repeated its instructions and was not sent.",
    Failure.PACED: "The session has sent as much as is safe; more would risk a ban of the number.",
    Failure.EXPIRED: "The answer was not ready in time.",
    Failure.GAVE_UP: "The answer was begun several times and never finished.",
}


def sentence(reason: str | None) -> str | None:
    """Return the sentence for people that explains the reason of a skip or failure; None for another text."""
    if reason in set(SkipReason):
        return SENTENCES[SkipReason(reason)]
    return FAILURE_SENTENCES[Failure(reason)] if reason in set(Failure) else None
