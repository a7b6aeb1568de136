"""Why a model gave no answer that can be sent.

NoAnswer
├── Transient         calling it again later may help
├── Permanent         only somebody who changes the settings can help
└── Withheld          the model answered, but not with a text for the contact
"""

from __future__ import annotations

from gateway.domain.turns import Failure


class NoAnswer(Exception):
    """`detail` holds no text of the service: services quote keys and messages in their errors."""

    def __init__(self, failure: Failure, detail: str | None = None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.detail = detail


class Transient(NoAnswer):
    """`retry_after` is in seconds, where the service said it."""

    def __init__(self, failure: Failure, detail: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(failure, detail)
        self.retry_after = retry_after


class Permanent(NoAnswer):
    """A refused key, an unknown model, an address that is not allowed."""


class Withheld(NoAnswer):
    """A refusal, a filtered or an empty answer; its tokens are paid for."""

    def __init__(
        self,
        failure: Failure,
        prompt_tokens: int,
        completion_tokens: int,
        latency_ms: int,
        detail: str | None = None,
    ) -> None:
        super().__init__(failure, detail)
        self.prompt_tokens = prompt_tokens
        self.completion_tokens = completion_tokens
        self.latency_ms = latency_ms
