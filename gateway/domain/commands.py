"""Commands: what the owner of a session has to do, in the order of their `seq`."""

from __future__ import annotations

from enum import StrEnum


class CommandKind(StrEnum):
    SEND_TEXT = "send_text"
    MARK_READ = "mark_read"
    LOGOUT = "logout"
    TYPING = "typing"
    GROUP_ADMINS = "group_admins"


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
    REFUSED = "refused_by_whatsapp"
    UNCONFIRMED = "unconfirmed"


ERROR_SENTENCES: dict[CommandError, str] = {
    CommandError.EXPIRED: "The session was not connected in time; the message was not sent.",
    CommandError.LOGGED_OUT: "The number was unlinked before the message was sent.",
    CommandError.DEVICE_CHANGED: "Another number was linked before the message was sent.",
    CommandError.SESSION_DELETED: "The session was deleted before the message was sent.",
    CommandError.NOT_ON_WHATSAPP: "This phone number has no WhatsApp account.",
    CommandError.REFUSED: "WhatsApp refused the message.",
    CommandError.UNCONFIRMED: "The message may have been sent: WhatsApp did not confirm it.",
}
