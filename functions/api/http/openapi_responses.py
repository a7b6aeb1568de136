"""Descriptions of an operation's responses for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from functions.api.http.problems import MEDIA_TYPE
from functions.api.http.titles import title_of

Responses = dict[int | str, dict[str, Any]]

_REQUEST_ID = "0198c7a6-5d3f-7b61-8e2c-1a2b3c4d5e6f"
_DESCRIPTIONS = {
    400: ("The body is not valid JSON.", "invalid_json"),
    401: ("No API key or token, an unknown one, or one that has ended or was revoked.", "unauthenticated"),
    403: ("The key or token lacks the right; the detail says which.", "forbidden"),
    404: ("There is no such thing for this key.", "not_found"),
    409: ("The state of the session or message forbids this; the detail says what to do.", "session_cannot_send"),
    410: ("It is not kept any more: what comes after the cursor, or the file.", "cursor_expired"),
    413: ("The body is larger than 64 KiB; where it may hold a file, than 1.5 MiB.", "body_too_large"),
    415: ("The body is of another type than this operation takes.", "unsupported_media_type"),
    422: ("A value is not allowed, or WhatsApp refused the message; `errors` names the field.", "invalid_input"),
    429: ("Too many requests of this key, or too many messages of this session; wait Retry-After.", "rate_limited"),
    500: ("Something went wrong in the gateway.", "internal_error"),
    502: ("The gateway could not send the message.", "send_failed"),
    503: ("The database cannot be reached.", "database_unavailable"),
}
_HEADERS = {
    401: {"WWW-Authenticate": "How to authenticate."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}
LOCATION = {"Location": {"description": "Where the thing is.", "schema": {"type": "string"}}}
# Any operation with a key may end so.
_ALWAYS = (401, 403, 422, 429, 500, 503)


def problems(*statuses: int, body: bool = False) -> Responses:
    """Describe the problems of an operation with a key; `body` adds what can be wrong with one."""
    wanted = {*_ALWAYS, *statuses, *((400, 413, 415) if body else ())}
    return {status: _problem(status) for status in sorted(wanted)}


def _problem(status: int) -> dict[str, Any]:
    description, code = _DESCRIPTIONS[status]
    example: dict[str, Any] = {
        "type": f"urn:whatsapp-gateway:problem:{code}",
        "title": title_of(code),
        "status": status,
        "detail": description,
        "code": code,
        "instance": f"/requests/{_REQUEST_ID}",
        "requestId": _REQUEST_ID,
    }
    if status == 422:
        example["errors"] = [{"field": "to", "detail": "Write the phone number with its country code."}]
    response: dict[str, Any] = {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }
    if headers := _HEADERS.get(status):
        response["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
        }
    return response
