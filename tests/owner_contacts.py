"""Contacts as tests.owner keeps them: who is blocked; nobody shows a picture."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gateway.domain.contacts import PictureState
from gateway.domain.operations import ChangeBlock, ContactOperation, ReadContacts, ReadPicture
from gateway.domain.phone import address_of
from gateway.store import chats, contacts
from gateway.store.contacts import FoundPicture
from gateway.store.fence import Fence


class OwnedContacts:
    """The block list of all sessions."""

    def __init__(self) -> None:
        self._blocked: set[str] = set()

    def perform(self, fence: Fence, operation: ContactOperation) -> dict[str, Any]:
        """Do what a command asks."""
        match operation:
            case ReadContacts():
                contacts.record_lists(fence, [address_of(jid) for jid in self._blocked])
                return {"blocked": len(self._blocked)}
            case ReadPicture(jid=jid):
                chat = chats.with_person(fence.connection, fence.session_id, address_of(jid))
                contacts.set_picture(fence, chat.id, FoundPicture(PictureState.HIDDEN), datetime.now(UTC))
            case ChangeBlock(jid=jid, blocked=blocked):
                chat = chats.with_person(fence.connection, fence.session_id, address_of(jid))
                contacts.set_blocked(fence, chat.id, blocked=blocked)
                (self._blocked.add if blocked else self._blocked.discard)(jid)
            case _:
                return {}
        return {"chatId": str(chat.id)}
