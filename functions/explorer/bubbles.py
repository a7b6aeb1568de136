"""The messages of a list that have a bubble of their own, each with what others say of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from functions.explorer.acts import pinned
from functions.explorer.message_view import MessageView
from functions.explorer.polls import read_votes
from gateway.client import Gateway, Message
from gateway.domain.messages import MessageStatus

# What changes or marks another message.
_MARKS = ("reaction", "poll_vote", "edit", "delete")


def bubbles(
    gateway: Gateway, session_id: UUID, newest_first: Sequence[Message], chat: UUID | None = None, kind: str = "user"
) -> list[MessageView]:
    """Return them, oldest first; `chat` is the one they are of, of such a `kind`, None where they are of several."""
    shown = [message for message in reversed(newest_first) if not _is_mark(message)]
    votes, pins = read_votes(gateway, session_id, chat, shown), pinned(newest_first)
    return [MessageView(message, votes.get(message.id, ()), kind, message.id in pins) for message in shown]


def _is_mark(message: Message) -> bool:
    """Return whether a message is seen on the one that it is about; one that failed says so itself."""
    if message.status == MessageStatus.FAILED or message.message_type not in _MARKS:
        return False
    return message.target_id is not None or not message.content
