"""The messages of a list that have a bubble of their own, each with what others say of it."""

from __future__ import annotations

from collections.abc import Sequence

from functions.explorer.acts import pinned
from functions.explorer.message_view import MessageView
from gateway.client import Message
from gateway.domain.kinds import WINDOWED
from gateway.domain.messages import NOT_SENT

_MARKS = ("reaction", "poll_vote")


def bubbles(newest_first: Sequence[Message], chat_kind: str = "user") -> list[MessageView]:
    """Return them, oldest first; they are of a chat of such a kind, or of several."""
    pins = pinned(newest_first)
    shown = [message for message in reversed(newest_first) if not _is_shown_elsewhere(message)]
    return [MessageView(message, chat_kind, message.id in pins) for message in shown]


def _is_shown_elsewhere(message: Message) -> bool:
    """Return whether it is a mark or a change that the message it is about shows; one that failed is shown."""
    if message.message_type in _MARKS:
        return bool(message.target_id) or not message.content
    return message.message_type in WINDOWED and bool(message.target_id) and message.status not in NOT_SENT
