"""What became of a send, in words."""

from __future__ import annotations

from gateway.client import Sent
from gateway.domain.messages import MessageStatus

_OUTCOMES: dict[str, str] = {
    MessageStatus.SENT: "sent",
    MessageStatus.QUEUED: "queued: it will be sent when the session is connected",
    MessageStatus.UNKNOWN: "unknown: it may have been sent, a receipt will tell",
}


def outcome(sent: Sent) -> str:
    """Return one line with the status, and the id at WhatsApp or, before there is one, ours."""
    return f"{_OUTCOMES.get(sent.status, sent.status)}  {sent.message_id or sent.id}"
