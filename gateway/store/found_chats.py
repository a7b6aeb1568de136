"""The chats found in one transaction of an owner, each once: a burst comes mostly from few.

What is remembered follows what later messages of the burst show: that two chats are one, or whose a number is now.
"""

from __future__ import annotations

from gateway.domain.errors import NotFound
from gateway.domain.phone import Address
from gateway.store import chats
from gateway.store.chats import Chat
from gateway.store.fence import Fence


def chat_at(fence: Fence, address: Address, jid: str | None, kind: str, name: str | None = None) -> Chat:
    """Return the chat with a person, or the one of another kind by its JID; make it where it is missing."""
    known = fence.chats.get((jid or address, name))
    if jid and known is None:
        fence.chats[jid, name] = chats.with_jid(fence.connection, fence.session_id, kind, jid)
    elif not jid and (known is None or not _has(known, address)):
        chat = chats.with_person(fence.connection, fence.session_id, address, name)
        fence.chats[address, name] = chat
        _refresh(fence, chat)
    return found(fence, address, jid, name)


def found(fence: Fence, address: Address, jid: str | None, name: str | None) -> Chat:
    """Return what chat_at() returned for the same, as it is now: perhaps merged, or without its number."""
    return fence.chats[jid or address, name]


def _has(chat: Chat, address: Address) -> bool:
    return address.lid in (None, chat.lid) and address.phone_number in (None, chat.phone_number)


def _refresh(fence: Fence, chat: Chat) -> None:
    """Bring those up to date that had an address of this chat: it may have taken them in, or their number."""
    for key, known in fence.chats.items():
        if known.id == chat.id:
            fence.chats[key] = chat
        elif known.shares_address(chat):
            fence.chats[key] = _read_again(fence, known, chat)


def _read_again(fence: Fence, known: Chat, successor: Chat) -> Chat:
    try:
        return chats.get(fence.connection, fence.session_id, known.id)
    except NotFound:
        return successor
