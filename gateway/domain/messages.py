"""The life of a message: its states, which only move forward, and the limits of a text."""

from __future__ import annotations

from enum import StrEnum

from gateway.domain.errors import InvalidInput
from gateway.domain.sanitize import is_storable

# Limit of the Cloud API for a text body; phones accept it whole.
MAX_TEXT_CHARACTERS = 4096
# Length of the secret by which a send is recognised afterwards; WhatsApp's own.
MESSAGE_SECRET_BYTES = 32


class MessageStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    UNKNOWN = "unknown"
    RECEIVED = "received"


class Origin(StrEnum):
    """Who wrote a message; of one that came with the history of the phone, only that."""

    CONTACT = "contact"
    PHONE = "phone"
    API = "api"
    AI = "ai"
    HISTORY = "history"


# The type of a message that this release does not understand, alone or before a colon and the protobuf's field.
UNKNOWN = "unknown"


_M = MessageStatus

# Which states may precede a state. A later receipt resolves `unknown`, or a resend, which alone leaves `failed`; what
# came in is `received` until we send its read receipt.
PRECEDING: dict[MessageStatus, tuple[MessageStatus, ...]] = {
    _M.QUEUED: (_M.FAILED, _M.UNKNOWN, _M.SENDING),
    _M.SENDING: (_M.QUEUED,),
    _M.SENT: (_M.SENDING, _M.UNKNOWN),
    _M.DELIVERED: (_M.SENDING, _M.UNKNOWN, _M.SENT),
    _M.READ: (_M.SENDING, _M.UNKNOWN, _M.SENT, _M.DELIVERED, _M.RECEIVED),
    _M.PLAYED: (_M.SENDING, _M.UNKNOWN, _M.SENT, _M.DELIVERED, _M.READ),
    _M.FAILED: (_M.QUEUED, _M.SENDING),
    _M.UNKNOWN: (_M.SENDING,),
    _M.RECEIVED: (),
}
# Of what WhatsApp does not have, or may not have.
NOT_SENT = (_M.QUEUED, _M.SENDING, _M.FAILED, _M.UNKNOWN)


def is_unknown(message_type: str) -> bool:
    """Return whether a message was stored without being understood."""
    return message_type.partition(":")[0] == UNKNOWN


def validate_text(text: str, field: str = "text") -> str:
    """Return the text unchanged. Raise InvalidInput for a text that WhatsApp would refuse or drop."""
    if not text.strip():
        raise InvalidInput(field, "The text is empty.")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InvalidInput(field, f"The text has {len(text)} characters; at most {MAX_TEXT_CHARACTERS} are allowed.")
    if not is_storable(text):
        raise InvalidInput(field, "The text holds a character that cannot be sent (NUL or a lone surrogate).")
    return text
