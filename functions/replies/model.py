"""Calls a model through the openai SDK, and translates why there was no answer into our terms."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam
from pydantic import SecretStr

from functions.replies.completion import Answer, read_answer
from functions.replies.errors import NoAnswer, Permanent, Transient, Withheld
from functions.replies.parameters import Parameters
from gateway.domain.prompts import PromptMessage, Role
from gateway.domain.turns import Failure
from gateway.metrics import Metric, measure
from gateway.outbound.bounds import TooLarge, ask_uncompressed, deadline, keep_to_deadline, limit_size
from gateway.outbound.egress import AddressNotPublic, PublicOnly
from gateway.retry_after import retry_after

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


class Model:
    """`timeout` in seconds bounds a call, with the `retries` that the SDK makes by itself."""

    def __init__(self, timeout: float, retries: int) -> None:
        self._timeout = timeout
        self._retries = retries
        self._parameters = Parameters()
        tls = httpx2.create_ssl_context()
        self._open = self._client(tls)
        self._public = self._client(tls, PublicOnly(tls))

    def complete(self, request: ModelRequest) -> Answer:
        """Return the model's answer. Raises NoAnswer."""
        started = time.monotonic()
        try:
            with deadline(self._timeout):
                body = self._call(request)
        except openai.OpenAIError as error:
            raise _no_answer(error) from None
        latency_ms = round((time.monotonic() - started) * 1000)
        measure(Metric.MODEL_TIME, latency_ms)
        return read_answer(body, request.messages, latency_ms)

    def close(self) -> None:
        self._open.close()
        self._public.close()

    def _call(self, request: ModelRequest) -> bytes:
        """Return the body of the response; ask again, without a parameter that the model refused."""
        service = (request.base_url, request.model)
        while True:
            parameters = self._parameters.of(*service, request.max_tokens, request.temperature)
            try:
                return self._ask(request, parameters)
            except openai.APIStatusError as error:
                if not self._parameters.learn(*service, parameters, error):
                    raise

    def _ask(self, request: ModelRequest, parameters: dict[str, int | float]) -> bytes:
        client = openai.OpenAI(
            api_key=request.key.get_secret_value(),
            base_url=request.base_url,
            timeout=self._timeout,
            max_retries=self._retries,
            http_client=self._public if request.guarded else self._open,
        )
        # Raw: the SDK takes any text for a completion.
        response = client.chat.completions.with_raw_response.create(  # type: ignore[call-overload]
            model=request.model, messages=[_parameter(message) for message in request.messages], **parameters
        )
        return bytes(response.http_response.content)

    def _client(self, tls: ssl.SSLContext, transport: httpx2.BaseTransport | None = None) -> httpx2.Client:
        client = httpx2.Client(
            verify=tls,
            transport=transport,
            timeout=self._timeout,
            follow_redirects=False,
            event_hooks={"request": [ask_uncompressed], "response": [_forbid_long_waits, limit_size]},
        )
        keep_to_deadline(client)
        return client


def _forbid_long_waits(response: httpx2.Response) -> None:
    wait = retry_after(response.headers.get("retry-after"))
    if wait is not None and wait > _LONGEST_WAIT_IN_CALL_SECONDS:
        response.headers["x-should-retry"] = "false"


def _parameter(message: PromptMessage) -> ChatCompletionMessageParam:
    match message.role:
        case Role.SYSTEM:
            return {"role": "system", "content": message.content}
        case Role.USER:
            return {"role": "user", "content": message.content}
        case Role.ASSISTANT:
            return {"role": "assistant", "content": message.content}


def _no_answer(error: openai.OpenAIError) -> NoAnswer:
    match error:
        case openai.APITimeoutError():
            return Transient(Failure.TIMEOUT)
        case openai.APIConnectionError():
            if isinstance(error.__cause__, AddressNotPublic):
                return Permanent(Failure.ADDRESS_REFUSED)
            if isinstance(error.__cause__, TooLarge):
                return Permanent(Failure.NOT_COMPATIBLE, str(error.__cause__))
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
        return Transient(Failure.RATE_LIMITED, detail, retry_after(error.response.headers.get("retry-after")))
    if error.status_code in (408, 409) or error.status_code >= 500:
        return Transient(Failure.UNAVAILABLE, detail, retry_after(error.response.headers.get("retry-after")))
    # A service says in JSON what it does not like; whoever sends a page, or elsewhere, is none.
    if error.status_code < 400 or "json" not in error.response.headers.get("Content-Type", ""):
        return Permanent(Failure.NOT_COMPATIBLE, detail)
    return Permanent(Failure.REQUEST_REFUSED, detail)


def _code(error: openai.APIStatusError) -> str | None:
    """Return the error's code if it looks like one: other texts may quote the key or the messages."""
    code = error.code if isinstance(error.code, str) else None
    return code if code and len(code) <= 60 and code.replace("_", "").replace("-", "").isalnum() else None
