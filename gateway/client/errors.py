"""Errors of the client: one class for each problem code of the API.

ClientError
├── Unreachable                  no response: the API is down, or not at this address
├── UnexpectedAnswer             the response is not one of this API
├── NotConnected                 the session does not connect by itself; `status` says why
├── WaitTimeout                  the session did not connect within the time given
├── OperationPending             what was asked of WhatsApp is not done yet, or is not known to be
└── Problem                      the API refused or failed; `code`, `detail`, `errors`, `request_id`
    ├── InvalidInput             a field is wrong; `errors` names each
    │   └── InvalidPhoneNumber
    ├── MalformedRequest         the request could not be read
    │   ├── InvalidJson
    │   ├── BodyTooLarge
    │   └── UnsupportedMediaType
    ├── Unauthenticated          no key, an unknown one, or one that was revoked
    ├── Forbidden                the key or token lacks the right
    ├── NotFound                 it does not exist, or belongs to another user
    ├── MethodNotAllowed
    ├── Conflict                 its state does not allow this; `reason`
    │   ├── SessionCannotSend    connect the session first
    │   └── IdempotencyConflict  the Idempotency-Key was used with another request
    ├── CursorExpired            events after the cursor are not kept any more
    ├── RateLimited              too many requests or messages; `retry_after` in seconds
    ├── SendFailed               the message was not sent; `reason`
    │   ├── NotOnWhatsApp
    │   ├── FileRejected         a file cannot be sent as this type of message, or is not there
    │   ├── RefusedByWhatsApp    such as for a recipient that has blocked the number
    │   └── OperationFailed      something else that was asked of WhatsApp was not done
    │       └── OperationRefused    WhatsApp does not do it; `reason`
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
    from gateway.client.operations import Operation


class ClientError(Exception):
    """Base of every error that the client raises."""


class Unreachable(ClientError):
    """No response came, also after the retries; `__cause__` is httpx's error."""


class UnexpectedAnswer(ClientError):
    """The response is not one of this API: something else is at this address, or it is another version."""


class WaitTimeout(ClientError, TimeoutError):
    """The session did not connect in time."""


class NotConnected(ClientError):
    """The session is disconnected or logged out, and stays so until somebody calls `connect`.

    `status` is the Status that says why.
    """

    def __init__(self, status: Status) -> None:
        super().__init__(status.reason_detail or f"The session is {status.status}.")
        self.status = status


class OperationPending(ClientError):
    """What was asked of WhatsApp is under way, or it is not known whether it was done; `operation` says which.

    `Session.operation` tells what became of it.
    """

    def __init__(self, operation: Operation) -> None:
        super().__init__(operation.error_detail or f"WhatsApp has not answered yet; it is {operation.status}.")
        self.operation = operation


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong value: `field` is its JSON path, or the name of a query parameter or header; `detail` is for people."""

    field: str
    detail: str


class Problem(ClientError):
    """An error that the API returned, a problem document (RFC 9457).

    `status` is the HTTP status, `code` the stable name for programs and `detail` the sentence for people. `errors` are
    the wrong fields, `request_id` finds the request in the gateway's logs, `reason` is a code that says more where the
    problem has one, and `retry_after` the seconds to wait where the API named them. `extensions` holds all other
    members of the document.
    """

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
    """A value is missing or wrong; `errors` names each field."""


class InvalidPhoneNumber(InvalidInput):
    """The phone number cannot be one; write it with its country code, such as +4915112345678."""


class MalformedRequest(Problem):
    """The request could not be read."""


class InvalidJson(MalformedRequest):
    """The body is not JSON."""


class BodyTooLarge(MalformedRequest):
    """The body is longer than the API accepts."""


class UnsupportedMediaType(MalformedRequest):
    """The body is not declared as JSON."""


class Unauthenticated(Problem):
    """The API key is missing, unknown or revoked."""


class Forbidden(Problem):
    """The key or token does not have the right; the text says which."""


class CursorExpired(Problem):
    """Events after the cursor were deleted for their age: read the state again, then go on from "latest"."""


class MediaUnavailable(Problem):
    """The file cannot be read any more, or never could; `reason` says why."""


class NotFound(Problem):
    """It does not exist, was deleted, or belongs to another user."""


class MethodNotAllowed(Problem):
    """The path exists, the method does not."""


class Conflict(Problem):
    """The state of a session or message does not allow this; the text says what to do, `reason` is for programs."""


class SessionCannotSend(Conflict):
    """The session is not linked, or was disconnected: nothing can be sent before somebody connects it."""


class MediaPending(Conflict):
    """The file was not fetched yet: a MessageMediaEvent tells when it is."""


class IdempotencyConflict(Conflict):
    """The Idempotency-Key was used before, with another request."""


class RateLimited(Problem):
    """Too many requests of this key, or messages of this session; `retry_after` says in how many seconds to try again.

    The client waits and tries again by itself; it raises this when that would take longer than its Retry allows.
    """


class SendFailed(Problem):
    """The message was not sent; `reason` is its error code.

    `extensions["id"]` is the id of the message, which `Session.resend` takes.
    """


class NotOnWhatsApp(SendFailed):
    """The phone number has no WhatsApp account."""


class RefusedByWhatsApp(SendFailed):
    """WhatsApp refused the message; the text has WhatsApp's own code."""


class FileRejected(SendFailed):
    """The file cannot be sent as this type of message, or is not there; `reason` says which."""


class OperationFailed(SendFailed):
    """What was asked of WhatsApp was not done; `reason` says why."""


class OperationRefused(OperationFailed):
    """WhatsApp does not do it: `reason` is such as `not_admin`, `not_participant`, `invite_revoked`."""


class ServerError(Problem):
    """The gateway failed; `request_id` finds the cause in its logs."""


class InternalError(ServerError):
    """An unexpected error in the gateway."""


class DatabaseUnavailable(ServerError):
    """The gateway cannot reach its database right now."""


class Restarting(ServerError):
    """The server ended while it worked on the request; ask again, with the same idempotency key."""


class EncryptionUnavailable(ServerError):
    """The model's API key cannot be encrypted right now; it was not stored."""


class StorageUnavailable(ServerError):
    """Files cannot be read right now."""


_BY_CODE: dict[str, type[Problem]] = {
    "invalid_input": InvalidInput,
    "invalid_phone_number": InvalidPhoneNumber,
    "malformed_request": MalformedRequest,
    "invalid_json": InvalidJson,
    "body_too_large": BodyTooLarge,
    "unsupported_media_type": UnsupportedMediaType,
    "unauthenticated": Unauthenticated,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "cursor_expired": CursorExpired,
    "media_pending": MediaPending,
    "media_unavailable": MediaUnavailable,
    "method_not_allowed": MethodNotAllowed,
    "conflict": Conflict,
    "session_cannot_send": SessionCannotSend,
    "idempotency_conflict": IdempotencyConflict,
    "rate_limited": RateLimited,
    "send_failed": SendFailed,
    "not_on_whatsapp": NotOnWhatsApp,
    "refused_by_whatsapp": RefusedByWhatsApp,
    "media_rejected": FileRejected,
    "operation_failed": OperationFailed,
    "operation_refused": OperationRefused,
    "internal_error": InternalError,
    "database_unavailable": DatabaseUnavailable,
    "restarting": Restarting,
    "encryption_unavailable": EncryptionUnavailable,
    "storage_unavailable": StorageUnavailable,
}

# For codes that are newer than this client.
_BY_STATUS: dict[int, type[Problem]] = {
    400: MalformedRequest,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    409: Conflict,
    422: InvalidInput,
    429: RateLimited,
}


def problem(status: int, document: dict[str, Any], retry_after: float | None) -> Problem:
    """Return the error for a problem document; `retry_after` is in seconds."""
    fallback = ServerError if status >= 500 else Problem
    kind = _BY_CODE.get(str(document.get("code")), _BY_STATUS.get(status, fallback))
    return kind(status, document, retry_after)
