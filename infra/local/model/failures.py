"""The responses of the model stub that are no completions."""

from __future__ import annotations

import asyncio

from aiohttp import web

from infra.local.model.faults import Fault

HANG_SECONDS = 300.0

_ERRORS = {
    400: ("invalid_request_error", "invalid_value"),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}


async def inject(request: web.Request, fault: Fault) -> web.StreamResponse | None:
    """Respond as the fault wants; return None where it wants a completion."""
    match fault.kind:
        case "status":
            return error(fault.status, "As wanted.", fault.retry_after)
        case "page":
            return web.Response(text=fault.text, content_type="text/html")
        case "drip":
            return await _send_for_ever(request, b" ", fault.every)
        case "flood":
            return await _send_for_ever(request, b" " * 65536, 0)
        case "hang":
            await asyncio.sleep(HANG_SECONDS)
    if fault.kind in ("hang", "drop") and request.transport is not None:
        request.transport.abort()
        return web.Response()
    return None


def error(status: int, message: str, retry_after: str | None = None) -> web.Response:
    """Return an error as OpenAI's service has it."""
    kind, code = _ERRORS.get(status, ("server_error", "server_error"))
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return web.json_response(body, status=status, headers={"Retry-After": retry_after} if retry_after else None)


def unsupported(parameter: str) -> web.Response:
    """Return the error of a model that does not take a parameter."""
    message = f"Unsupported parameter: '{parameter}' is not supported with this model."
    kind = "invalid_request_error"
    body = {"error": {"message": message, "type": kind, "param": parameter, "code": "unsupported_parameter"}}
    return web.json_response(body, status=400)


async def _send_for_ever(request: web.Request, part: bytes, every: float) -> web.StreamResponse:
    """Send a response that is JSON so far and never ends, until the client leaves."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(part)
        await asyncio.sleep(every)
