"""Errors of the client: one class for each problem code of the API.

ClientError
├── Unreachable                  no answer: the API is down, or not at this address
├── UnexpectedAnswer             what answered is not this API
├── NotConnected                 waiting is in vain until somebody acts; `status` says why
├── WaitTimeout                  it did not happen within the time given
└── Problem                      the API said no; `code`, `detail`, `errors`, `request_id`
    ├── InvalidInput             a field is wrong; `errors` names each
    │   └── InvalidPhoneNumber
    ├── MalformedRequest         the request could not be read
    │   ├── InvalidJson
    │   ├── BodyTooLarge
    │   └── UnsupportedMediaType
    ├── Unauthenticated          no key, an unknown one, or one that was revoked
    ├── NotFound                 no such thing for this user
    ├── MethodNotAllowed
    ├── Conflict                 the thing exists, but its state forbids this; `reason`
    │   ├── SessionCannotSend    connect the session first
    │   └── IdempotencyConflict  the Idempotency-Key was used with another request
    ├── RateLimited              too much in too short a time; `retry_after` in seconds
    ├── SendFailed               WhatsApp refused the message; `reason`
    │   └── NotOnWhatsApp
    └── ServerError              the API failed; `request_id` finds it in the logs
        ├── InternalError
        ├── DatabaseUnavailable
        └── EncryptionUnavailable   a key cannot be stored right now
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.client.models import Status


class ClientError(Exception):
    """Base of all that the client raises."""


class Unreachable(ClientError):
    """No answer came, also after the retries; `__cause__` is httpx's error."""


class UnexpectedAnswer(ClientError):
    """The answer is not one of this API."""


class WaitTimeout(ClientError, TimeoutError):
    """What was waited for did not happen in time."""


class NotConnected(ClientError):
    """The session ended in a state that it will not leave by itself."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.reason_detail or f"The session is {status.status}.")
        self.status = status


@dataclass(frozen=True, slots=True)
class FieldError:
    """`field` is the JSON path of a wrong value."""

    field: str
    detail: str


class Problem(ClientError):
    """A problem document (RFC 9457); `extensions` holds its members that have no attribute here."""

    def __init__(self, status: int, document: dict[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.code = str(document.get("code", ""))
        self.title = str(document.get("title", ""))
        self.detail = str(document.get("detail") or self.title or f"The API answered {status}.")
        self.errors = tuple(
            FieldError(str(e.get("field", "")), str(e.get("detail", ""))) for e in document.get("errors") or ()
        )
        self.request_id: str | None = document.get("requestId")
        self.reason: str | None = document.get("reason")
        self.retry_after = retry_after
        self.extensions = {name: value for name, value in document.items() if name not in _MEMBERS}
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        fields = "; ".join(f"{e.field}: {e.detail}" for e in self.errors if e.detail not in self.detail)
        return f"{self.detail} ({fields})" if fields else self.detail


_MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors", "requestId", "reason"}


class InvalidInput(Problem):
    """`errors` names each wrong field."""


class InvalidPhoneNumber(InvalidInput):
    """Write it with its country code, such as +4915112345678."""


class MalformedRequest(Problem):
    """The request could not be read."""


class InvalidJson(MalformedRequest):
    """The body is not JSON."""


class BodyTooLarge(MalformedRequest):
    """The body is longer than the API reads."""


class UnsupportedMediaType(MalformedRequest):
    """The body is not declared as JSON."""


class Unauthenticated(Problem):
    """The API key is missing, unknown or revoked."""


class NotFound(Problem):
    """There is no such thing, or it is another user's."""


class MethodNotAllowed(Problem):
    """The path exists, the method does not."""


class Conflict(Problem):
    """The text says what to do."""


class SessionCannotSend(Conflict):
    """Nothing can be sent until somebody connects the session."""


class IdempotencyConflict(Conflict):
    """The key was used with another request."""


class RateLimited(Problem):
    """`retry_after` is longer than the client was allowed to wait."""


class SendFailed(Problem):
    """WhatsApp refused the message, or the gateway gave it up."""


class NotOnWhatsApp(SendFailed):
    """The phone number has no WhatsApp account."""


class ServerError(Problem):
    """The fault is the gateway's; `request_id` finds it in the logs."""


class InternalError(ServerError):
    """What nobody foresaw."""


class DatabaseUnavailable(ServerError):
    """The gateway cannot reach its database right now."""


class EncryptionUnavailable(ServerError):
    """The key of a model cannot be encrypted right now, so it was not stored."""


_BY_CODE: dict[str, type[Problem]] = {
    "invalid_input": InvalidInput,
    "invalid_phone_number": InvalidPhoneNumber,
    "malformed_request": MalformedRequest,
    "invalid_json": InvalidJson,
    "body_too_large": BodyTooLarge,
    "unsupported_media_type": UnsupportedMediaType,
    "unauthenticated": Unauthenticated,
    "not_found": NotFound,
    "method_not_allowed": MethodNotAllowed,
    "conflict": Conflict,
    "session_cannot_send": SessionCannotSend,
    "idempotency_conflict": IdempotencyConflict,
    "rate_limited": RateLimited,
    "send_failed": SendFailed,
    "not_on_whatsapp": NotOnWhatsApp,
    "internal_error": InternalError,
    "database_unavailable": DatabaseUnavailable,
    "encryption_unavailable": EncryptionUnavailable,
}

# For codes that are newer than this client.
_BY_STATUS: dict[int, type[Problem]] = {
    400: MalformedRequest,
    401: Unauthenticated,
    404: NotFound,
    405: MethodNotAllowed,
    409: Conflict,
    422: InvalidInput,
    429: RateLimited,
}


def problem(status: int, document: dict[str, Any], retry_after: float | None) -> Problem:
    """The error for a problem document."""
    fallback = ServerError if status >= 500 else Problem
    kind = _BY_CODE.get(str(document.get("code")), _BY_STATUS.get(status, fallback))
    return kind(status, document, retry_after)
