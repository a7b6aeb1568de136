"""Commands: what the owner of a session has to do: what sends in the order of `seq`, anything else when none is due."""

from __future__ import annotations

from enum import StrEnum


class CommandKind(StrEnum):
    # A text without anything beside it: what every release sends as such.
    SEND_TEXT = "send_text"
    SEND_MESSAGE = "send_message"
    # Stores a file at WhatsApp, for the messages that wait for it.
    UPLOAD_MEDIA = "upload_media"
    MARK_READ = "mark_read"
    LOGOUT = "logout"
    TYPING = "typing"
    # By the name that it has had in rows since it was for admins alone.
    GROUP_INFO = "group_admins"
    # What gateway.domain.operations names.
    OPERATION = "operation"


# Kinds that send a message, which leave in their order; all others wait until none of these is due.
SENDS = (CommandKind.SEND_TEXT, CommandKind.SEND_MESSAGE)


class CommandStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class CommandError(StrEnum):
    """Why a command ended without its effect; also the error code of its message."""

    EXPIRED = "expired"
    LOGGED_OUT = "logged_out"
    DEVICE_CHANGED = "device_changed"
    SESSION_DELETED = "session_deleted"
    NOT_ON_WHATSAPP = "not_on_whatsapp"
    NO_ADDRESS = "no_address"
    REFUSED = "refused_by_whatsapp"
    UNCONFIRMED = "unconfirmed"
    LOOKUP_FAILED = "lookup_failed"
    ATTEMPTS_FAILED = "attempts_failed"
    CHAT_CANNOT_BE_READ = "chat_cannot_be_read"
    MEDIA_REJECTED = "media_rejected"
    NEEDS_TRANSCODING = "needs_transcoding"
    MEDIA_UNAVAILABLE = "media_unavailable"


ERROR_SENTENCES: dict[CommandError, str] = {
    CommandError.EXPIRED: "The session was not connected in time; the message was not sent.",
    CommandError.LOGGED_OUT: "The number was unlinked before the message was sent.",
    CommandError.DEVICE_CHANGED: "Another number was linked before the message was sent.",
    CommandError.SESSION_DELETED: "The session was deleted before the message was sent.",
    CommandError.NOT_ON_WHATSAPP: "This phone number has no WhatsApp account.",
    CommandError.NO_ADDRESS: "WhatsApp knows the number, but named no address to send to. Try again later.",
    CommandError.REFUSED: "WhatsApp refused the message.",
    CommandError.UNCONFIRMED: "The message may have been sent: WhatsApp did not confirm it.",
    CommandError.LOOKUP_FAILED: "WhatsApp did not say whether this phone number has an account.",
    CommandError.ATTEMPTS_FAILED: "Every attempt to send the message failed.",
    CommandError.CHAT_CANNOT_BE_READ: "WhatsApp takes no read receipts for this chat.",
    CommandError.MEDIA_REJECTED: "The file cannot be sent as this type of message.",
    CommandError.NEEDS_TRANSCODING: "The file must be converted, and this gateway has no converter.",
    CommandError.MEDIA_UNAVAILABLE: "The file is not there any more.",
}
