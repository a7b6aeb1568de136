"""What may be done to a message that WhatsApp has, and until when. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.domain.errors import Conflict

# As long as phones offer it; WhatsApp itself takes an edit some minutes longer.
EDIT_WINDOW = timedelta(minutes=15)
# Two days and twelve hours: after that phones ignore a deletion for everyone.
DELETE_WINDOW = timedelta(hours=60)
# What has a text or a caption.
EDITABLE = ("text", "image", "video", "document")


def require_editable(message_type: str, *, from_me: bool, sent_at: datetime) -> float:
    """Return for how many seconds the message may still be edited. Raises Conflict."""
    if not from_me:
        raise Conflict("not_own", "Only own messages can be edited.")
    if message_type not in EDITABLE:
        raise Conflict("not_editable", "Only texts and captions can be edited.")
    left = _left(sent_at, EDIT_WINDOW)
    if left <= 0:
        raise Conflict("edit_window_over", "A message can be edited for 15 minutes after it was sent.")
    return left


def require_deletable(chat_kind: str, *, is_admin: bool) -> None:
    """Raise Conflict unless the account may delete for everyone what others wrote: as an admin of a group."""
    if chat_kind != "group":
        raise Conflict("not_own", "Only own messages can be deleted for everyone.")
    if not is_admin:
        raise Conflict("not_admin", "Only an admin of the group can delete what others wrote.")


def deletable_seconds(sent_at: datetime) -> float:
    """Return for how many seconds a message may still be deleted. Raises Conflict."""
    left = _left(sent_at, DELETE_WINDOW)
    if left <= 0:
        raise Conflict("delete_window_over", "A message can be deleted for everyone for 60 hours after it was sent.")
    return left


def _left(sent_at: datetime, window: timedelta) -> float:
    return (sent_at + window - datetime.now(UTC)).total_seconds()
