"""What we sent about other messages, applied to them once WhatsApp has it: edits, deletions, reactions, albums."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from gateway.domain.changes import Change
from gateway.domain.content import Album, Timer
from gateway.domain.events import EventType
from gateway.domain.kinds import ABOUT_OTHERS
from gateway.domain.messages import NOT_SENT
from gateway.domain.outbound import Deletion, Edit, Reaction
from gateway.domain.phone import Address, address_of
from gateway.store import albums, changes, messages, timers, unread
from gateway.store.changes import Place
from gateway.store.fence import Fence
from gateway.store.messages import Message
from gateway.store.outbound import content_of


def is_action(message: Message) -> bool:
    """Return whether a message of ours is about others."""
    return message.message_type in ABOUT_OTHERS


def apply(fence: Fence, ids: Collection[UUID]) -> None:
    """Apply those of these messages that WhatsApp has, and that were not applied yet."""
    for message in messages.by_ids(fence.connection, list(ids)).values():
        if message.status in NOT_SENT:
            continue
        match content_of(message):
            case Edit() as edit if message.content is not None:
                _change(fence, message, edit)
                changes.forget_text(fence.connection, message.id)
            case Deletion() as deletion:
                _change(fence, message, deletion)
            case Album() as album:
                albums.name_to_parts(fence, album, message.message_id or "")
            case Reaction():
                _tell_reaction(fence, message)
            case Timer(seconds=seconds):
                timers.set_timer(fence.connection, message.chat_id, seconds, message.timestamp)


def _change(fence: Fence, message: Message, action: Edit | Deletion) -> None:
    change = Change(
        message.message_id or "",
        message.message_type,
        from_me=True,
        sender=Address(message.sender_lid, message.sender_phone),
        target_id=action.target.message_id,
        own=action.target.from_me,
        author=address_of(action.target.author or ""),
        at=message.timestamp,
        content=message.content,
        media=None,
        location=None,
        details=None,
    )
    if changes.apply(Place(fence.connection, fence.session_id, message.chat_id), change):
        unread.refresh(fence.connection, message.chat_id)


def _tell_reaction(fence: Fence, message: Message) -> None:
    fence.emit(
        EventType.MESSAGE_REACTION,
        {
            "id": str(message.id),
            "messageId": message.message_id,
            "chatId": str(message.chat_id),
            "targetMessageId": message.target_id,
            "fromMe": True,
            "messageType": message.message_type,
        },
    )
