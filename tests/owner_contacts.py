"""Contacts as tests.owner keeps them: who is blocked, and who is watched; nobody shows a picture, and no group does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gateway.domain.contacts import PictureState
from gateway.domain.operations import (
    ChangeBlock,
    ContactOperation,
    PresenceOperation,
    ReadContacts,
    ReadPicture,
    UnwatchPresence,
    WatchPresence,
)
from gateway.domain.phone import address_of
from gateway.store import chats, contacts, pictures, presences
from gateway.store.fence import Fence
from gateway.store.pictures import FoundPicture


class OwnedContacts:
    """The block list of all sessions."""

    def __init__(self) -> None:
        self._blocked: set[str] = set()

    def perform(self, fence: Fence, operation: ContactOperation | PresenceOperation) -> dict[str, Any]:
        """Do what a command asks."""
        match operation:
            case ReadContacts():
                contacts.record_lists(fence, [address_of(jid) for jid in self._blocked])
                return {"blocked": len(self._blocked)}
            case ReadPicture(jid=jid):
                whose = jid if jid.endswith("@g.us") else address_of(jid)
                chat = chats.find(fence.connection, fence.session_id, whose)
                pictures.record(fence, chat.id, FoundPicture(PictureState.HIDDEN), datetime.now(UTC))
            case ChangeBlock(jid=jid, blocked=blocked):
                chat = chats.with_person(fence.connection, fence.session_id, address_of(jid))
                contacts.set_blocked(fence, chat.id, blocked=blocked)
                (self._blocked.add if blocked else self._blocked.discard)(jid)
            case WatchPresence(chat_id=chat_id, minutes=minutes):
                chat = chats.get(fence.connection, fence.session_id, UUID(chat_id))
                presences.watch(fence.connection, fence.session_id, chat.id, minutes * 60)
            case UnwatchPresence(chat_id=chat_id):
                chat = chats.get(fence.connection, fence.session_id, UUID(chat_id))
                presences.end(fence.connection, chat.id)
            case _:
                return {}
        return {"chatId": str(chat.id)}
