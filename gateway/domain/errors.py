"""Errors of the domain; they know nothing of HTTP.

GatewayError
├── InvalidInput               a field of the request is wrong
│   └── InvalidPhoneNumber
├── Unauthenticated            no key, an unknown one, or one that was revoked
├── Forbidden                  the key or token lacks the right
├── NotFound                   this user has no such session, message, chat, …
├── Conflict                   it exists, but its state forbids this
│   ├── SessionCannotSend
│   ├── IdempotencyConflict    the key was used with another body
│   └── MediaPending           the file was not fetched yet
├── MediaUnavailable           the file cannot be read any more, or never could
├── CursorExpired              what comes after it is not kept any more
├── RateLimited                too much in too short a time
├── SendFailed                 a message was not sent
│   ├── NotOnWhatsApp
│   ├── FileRejected           its file cannot be sent as this type of message, or is not there
│   ├── RefusedByWhatsApp      such as for a recipient that has blocked the number
│   └── OperationFailed        something else that was asked of WhatsApp was not done
│       └── OperationRefused   WhatsApp does not do it, or cannot with this value
├── LeaseLost                  another owner has the session now
└── ForbiddenMove              a session state that may not follow the current one: a bug
"""

from __future__ import annotations

from typing import ClassVar


class GatewayError(Exception):
    """Base of every error of the gateway; `code` is stable and machine-readable."""

    code: ClassVar[str] = "gateway_error"


class InvalidInput(GatewayError):
    """`field` is the JSON path of the wrong value, as the caller wrote it."""

    code = "invalid_input"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class InvalidPhoneNumber(InvalidInput):
    code = "invalid_phone_number"


class Unauthenticated(GatewayError):
    code = "unauthenticated"


class Forbidden(GatewayError):
    """`field` is where more was asked for than the caller has, if it was in the body."""

    code = "forbidden"

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class NotFound(GatewayError):
    """`thing` names what is missing: session, message, chat; `field` is where it was named, if not in the path."""

    code = "not_found"

    def __init__(self, thing: str, field: str | None = None) -> None:
        super().__init__(f"There is no such {thing}.")
        self.thing = thing
        self.field = field


class Conflict(GatewayError):
    """`reason` is machine-readable; the text says what to do."""

    code = "conflict"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class SessionCannotSend(Conflict):
    code = "session_cannot_send"


class IdempotencyConflict(Conflict):
    code = "idempotency_conflict"

    def __init__(self) -> None:
        super().__init__("key_reused", "This Idempotency-Key was used with another request; choose a new one.")


class MediaPending(Conflict):
    code = "media_pending"

    def __init__(self) -> None:
        super().__init__("media_pending", "The file was not fetched yet; the event `message.media` tells when it is.")


class MediaUnavailable(GatewayError):
    """`reason` says why, in one of the words of gateway.domain.media.MediaReason."""

    code = "media_unavailable"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class CursorExpired(GatewayError):
    code = "cursor_expired"

    def __init__(self) -> None:
        super().__init__(
            "Events after this cursor were deleted, because they are kept for a time only: read the state again, then"
            " continue with `after=earliest` or `after=latest`."
        )


class RateLimited(GatewayError):
    """`retry_after` is in seconds, at least the time until the request could pass."""

    code = "rate_limited"

    def __init__(self, scope: str, detail: str, retry_after: float) -> None:
        super().__init__(detail)
        self.scope = scope
        self.retry_after = retry_after


class SendFailed(GatewayError):
    """`reason` is the message's error code."""

    code = "send_failed"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class NotOnWhatsApp(SendFailed):
    code = "not_on_whatsapp"

    def __init__(self) -> None:
        super().__init__("not_on_whatsapp", "This phone number has no WhatsApp account.")


class RefusedByWhatsApp(SendFailed):
    code = "refused_by_whatsapp"

    def __init__(self, detail: str) -> None:
        super().__init__("refused_by_whatsapp", detail)


class FileRejected(SendFailed):
    """The message's error code says why."""

    code = "media_rejected"


class OperationFailed(SendFailed):
    code = "operation_failed"


class OperationRefused(OperationFailed):
    """`field` is where the value stood for which it was refused, where that is known."""

    code = "operation_refused"

    def __init__(self, reason: str, detail: str, field: str | None = None) -> None:
        super().__init__(reason, detail)
        self.field = field


class LeaseLost(GatewayError):
    code = "lease_lost"


class ForbiddenMove(GatewayError):
    code = "forbidden_move"
