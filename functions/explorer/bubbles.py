"""The messages of a list that have a bubble of their own, each with what others say of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from functions.explorer.acts import pinned
from functions.explorer.message_view import MessageView
from functions.explorer.polls import read_votes
from gateway.client import Gateway, Message
from gateway.domain.kinds import WINDOWED
from gateway.domain.messages import NOT_SENT

_MARKS = ("reaction", "poll_vote")


def bubbles(
    gateway: Gateway, session_id: UUID, newest_first: Sequence[Message], chat: UUID | None = None, kind: str = "user"
) -> list[MessageView]:
    """Return them, oldest first; `chat` is the one they are of, of such a `kind`, None where they are of several."""
    shown = [message for message in reversed(newest_first) if not _is_shown_elsewhere(message)]
    votes, pins = read_votes(gateway, session_id, chat, shown), pinned(newest_first)
    return [MessageView(message, votes.get(message.id, ()), kind, message.id in pins) for message in shown]


def _is_shown_elsewhere(message: Message) -> bool:
    """Return whether it is a mark or a change that the message it is about shows; one that failed is shown."""
    if message.message_type in _MARKS:
        return bool(message.target_id) or not message.content
    return message.message_type in WINDOWED and bool(message.target_id) and message.status not in NOT_SENT
