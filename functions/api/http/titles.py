"""The title of each problem code: a summary of the kind of problem, the same in every answer (RFC 9457, 3.1.3)."""

from __future__ import annotations

TITLES = {
    "malformed_request": "Unreadable request",
    "invalid_json": "Body is not JSON",
    "unauthenticated": "API key not accepted",
    "forbidden": "Not allowed",
    "not_found": "Not found",
    "cursor_expired": "Cursor too old",
    "method_not_allowed": "Method not allowed",
    "conflict": "Not possible in this state",
    "session_cannot_send": "Session cannot send",
    "body_too_large": "Body too large",
    "unsupported_media_type": "Unsupported media type",
    "invalid_input": "Invalid value",
    "invalid_phone_number": "Invalid phone number",
    "idempotency_conflict": "Idempotency-Key used for another request",
    "not_on_whatsapp": "Number is not on WhatsApp",
    "refused_by_whatsapp": "Refused by WhatsApp",
    "operation_refused": "WhatsApp does not do this",
    "operation_failed": "Not done",
    "media_rejected": "File cannot be sent",
    "storage_unavailable": "Storage unavailable",
    "rate_limited": "Too many requests",
    "internal_error": "Internal error",
    "send_failed": "Message not sent",
    "database_unavailable": "Database unavailable",
    "restarting": "Server restarts",
    "media_pending": "File not fetched yet",
    "media_unavailable": "File not available",
    "encryption_unavailable": "Encryption unavailable",
}


def title_of(code: str) -> str:
    """Return the title of a problem code; a rare HTTP error of the framework has none of its own."""
    return TITLES.get(code, "HTTP error")
