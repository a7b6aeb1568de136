"""Calls a model through the openai SDK, and translates why there was no answer into our terms."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
import openai
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from pydantic import SecretStr

from functions.replies.egress import AddressNotPublic, PublicOnly
from functions.replies.errors import NoAnswer, Permanent, Transient, Withheld
from gateway.domain.prompts import PromptMessage, Role
from gateway.domain.turns import Failure
from gateway.metrics import Metric, measure

# The SDK would wait in the function for as long as the service says; for a longer wait the turn is postponed.
_LONGEST_WAIT_IN_CALL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What to send to which service; without `base_url` it is OpenAI. `guarded` keeps the call to public addresses."""

    key: SecretStr
    model: str
    messages: Sequence[PromptMessage]
    max_tokens: int
    temperature: float | None
    base_url: str | None
    guarded: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model answered, and what it cost."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: int


class Model:
    """`timeout` in seconds bounds each of `1 + retries` calls."""

    def __init__(self, timeout: float, retries: int) -> None:
        self._timeout = timeout
        self._retries = retries
        tls = httpx2.create_ssl_context()
        self._open = self._client(tls)
        self._public = self._client(tls, PublicOnly(tls))

    def complete(self, request: ModelRequest) -> Answer:
        """Return the model's answer. Raises NoAnswer."""
        started = time.monotonic()
        try:
            completion = self._call(request)
        except openai.OpenAIError as error:
            raise _no_answer(error) from None
        except ValueError:
            raise Transient(Failure.UNAVAILABLE, "unreadable answer") from None
        latency_ms = round((time.monotonic() - started) * 1000)
        measure(Metric.MODEL_TIME, latency_ms)
        return _read(completion, latency_ms)

    def close(self) -> None:
        self._open.close()
        self._public.close()

    def _call(self, request: ModelRequest) -> ChatCompletion:
        client = openai.OpenAI(
            api_key=request.key.get_secret_value(),
            base_url=request.base_url,
            timeout=self._timeout,
            max_retries=self._retries,
            http_client=self._public if request.guarded else self._open,
        )
        # OpenAI's newer models know only the one name, other services only the other.
        limit = "max_completion_tokens" if request.base_url is None else "max_tokens"
        options = {} if request.temperature is None else {"temperature": request.temperature}
        return client.chat.completions.create(  # type: ignore[call-overload,no-any-return]
            model=request.model,
            messages=[_parameter(message) for message in request.messages],
            **{limit: request.max_tokens},
            **options,
        )

    def _client(self, tls: ssl.SSLContext, transport: httpx2.BaseTransport | None = None) -> httpx2.Client:
        return httpx2.Client(
            verify=tls,
            transport=transport,
            timeout=self._timeout,
            follow_redirects=False,
            event_hooks={"response": [_forbid_long_waits]},
        )


def _forbid_long_waits(response: httpx2.Response) -> None:
    wait = _retry_after(response)
    if wait is not None and wait > _LONGEST_WAIT_IN_CALL_SECONDS:
        response.headers["x-should-retry"] = "false"


def _retry_after(response: httpx2.Response) -> float | None:
    text = response.headers.get("retry-after")
    if text is None:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        # A date: the exact time matters little.
        return 60.0


def _parameter(message: PromptMessage) -> ChatCompletionMessageParam:
    match message.role:
        case Role.SYSTEM:
            return {"role": "system", "content": message.content}
        case Role.USER:
            return {"role": "user", "content": message.content}
        case Role.ASSISTANT:
            return {"role": "assistant", "content": message.content}


def _read(completion: ChatCompletion, latency_ms: int) -> Answer:
    usage = completion.usage
    prompt_tokens, completion_tokens = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
    measure(Metric.MODEL_TOKENS, prompt_tokens + completion_tokens)

    def withheld(failure: Failure) -> Withheld:
        return Withheld(failure, prompt_tokens, completion_tokens, latency_ms)

    choice = completion.choices[0] if completion.choices else None
    if choice is None:
        raise withheld(Failure.EMPTY)
    if choice.finish_reason == "content_filter":
        raise withheld(Failure.FILTERED)
    if choice.message.refusal:
        raise withheld(Failure.REFUSED)
    text = (choice.message.content or "").strip()
    if not text:
        raise withheld(Failure.EMPTY)
    return Answer(text, prompt_tokens, completion_tokens, latency_ms)


def _no_answer(error: openai.OpenAIError) -> NoAnswer:
    match error:
        case openai.APITimeoutError():
            return Transient(Failure.TIMEOUT)
        case openai.APIConnectionError():
            if isinstance(error.__cause__, AddressNotPublic):
                return Permanent(Failure.ADDRESS_REFUSED)
            return Transient(Failure.UNAVAILABLE, "connection failed")
        case openai.APIStatusError():
            return _refused(error)
        case _:
            return Transient(Failure.UNAVAILABLE, type(error).__name__)


def _refused(error: openai.APIStatusError) -> NoAnswer:
    detail = f"HTTP {error.status_code}" + (f" {code}" if (code := _code(error)) else "")
    if error.status_code in (401, 403):
        return Permanent(Failure.KEY_REFUSED, detail)
    if code == "content_filter":
        return Withheld(Failure.FILTERED, 0, 0, 0)
    if error.status_code == 429:
        # No credit is left: waiting does not bring any.
        if code == "insufficient_quota":
            return Permanent(Failure.RATE_LIMITED, detail)
        return Transient(Failure.RATE_LIMITED, detail, _retry_after(error.response))
    if error.status_code in (408, 409) or error.status_code >= 500:
        return Transient(Failure.UNAVAILABLE, detail, _retry_after(error.response))
    return Permanent(Failure.REQUEST_REFUSED, detail)


def _code(error: openai.APIStatusError) -> str | None:
    """Return the error's code if it looks like one: other texts may quote the key or the messages."""
    code = error.code if isinstance(error.code, str) else None
    return code if code and len(code) <= 60 and code.replace("_", "").replace("-", "").isalnum() else None
