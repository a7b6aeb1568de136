"""An OpenAI-compatible server on loopback that needs no model, and into which faults can be injected.

A key that begins with `wrong` is refused, so that a mistyped key can be tried.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from infra.local.model.completions import Completion, CompletionRequest, complete
from infra.local.model.failures import error, inject, unsupported
from infra.local.model.faults import Fault, Faults

MODEL = "stub"
KEPT_REQUESTS = 1000
# A fixed moment: responses are the same at every run.
CREATED = 1767225600

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ModelServer:
    """The routes of OpenAI, those that inject faults, and `/requests` to see what was received."""

    def __init__(self) -> None:
        self._faults = Faults()
        self._received: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self._count = 0

    def application(self) -> web.Application:
        app = web.Application(middlewares=[_refuse_invalid])
        app.add_routes(
            [
                web.get("/health", self._health),
                web.get("/v1/models", self._models),
                web.post("/v1/chat/completions", self._complete),
                web.post("/faults", self._add_fault),
                web.delete("/faults", self._clear_faults),
                web.get("/requests", self._requests),
                web.delete("/requests", self._forget_requests),
            ]
        )
        return app

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _models(self, _request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "local"}]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        wanted = CompletionRequest.model_validate_json(await request.text())
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self._received.append({"keyEnding": key[-4:], **wanted.model_dump(exclude_none=True)})
        if not key or key.startswith("wrong"):
            return error(401, "Incorrect API key provided.")
        fault = self._faults.pop(wanted.newest)
        if fault is not None:
            await self._faults.delay(fault)
            if (failure := await inject(request, fault)) is not None:
                return failure
        if wanted.unsupported:
            return unsupported(wanted.unsupported)
        self._count += 1
        completion = complete(wanted, fault)
        if wanted.stream:
            return await _stream(request, wanted, completion, self._count)
        body = _completion(wanted, completion, self._count)
        if fault is not None and fault.kind == "uncounted":
            del body["usage"]
        return web.json_response(body)

    async def _add_fault(self, request: web.Request) -> web.Response:
        self._faults.add(Fault.model_validate_json(await request.text()))
        return web.json_response({}, status=201)

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response({})

    async def _requests(self, _request: web.Request) -> web.Response:
        return web.json_response({"requests": list(self._received)})

    async def _forget_requests(self, _request: web.Request) -> web.Response:
        self._received.clear()
        return web.json_response({})


@web.middleware
async def _refuse_invalid(request: web.Request, handler: _Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as invalid:
        return error(400, str(invalid.errors(include_url=False, include_input=False)))


def _usage(completion: Completion) -> dict[str, Any]:
    return {
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        "total_tokens": completion.prompt_tokens + completion.completion_tokens,
        "completion_tokens_details": {"reasoning_tokens": completion.reasoning_tokens},
    }


def _head(wanted: CompletionRequest, number: int, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{number}", "object": kind, "created": CREATED, "model": wanted.model}


def _completion(wanted: CompletionRequest, completion: Completion, number: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": completion.text, "refusal": completion.refusal}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": completion.finish_reason}
    return {**_head(wanted, number, "chat.completion"), "choices": [choice], "usage": _usage(completion)}


async def _stream(
    request: web.Request, wanted: CompletionRequest, completion: Completion, number: int
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    head = _head(wanted, number, "chat.completion.chunk")
    deltas = [{"role": "assistant", "content": ""}, *({"content": word} for word in _words(completion.text or ""))]
    for delta in deltas:
        await _send(response, {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    last = {"index": 0, "delta": {}, "finish_reason": completion.finish_reason}
    await _send(response, {**head, "choices": [last]})
    if wanted.stream_options.include_usage:
        await _send(response, {**head, "choices": [], "usage": _usage(completion)})
    await response.write(b"data: [DONE]\n\n")
    return response


async def _send(response: web.StreamResponse, chunk: dict[str, Any]) -> None:
    await response.write(f"data: {json.dumps(chunk)}\n\n".encode())


def _words(text: str) -> list[str]:
    return text.split(" ")[:1] + [f" {word}" for word in text.split(" ")[1:]] if text else []
