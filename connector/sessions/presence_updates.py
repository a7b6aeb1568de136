"""What WhatsApp tells of the presence of people, as events; of who is watched as rows, too."""

from __future__ import annotations

from collections.abc import Iterable

from connector.sessions.inbound import address_of
from connector.whatsapp.presence_events import PersonSeen, PersonTyping, PresenceEvent
from gateway.domain.errors import NotFound
from gateway.domain.events import EventType
from gateway.domain.phone import Address
from gateway.domain.times import iso
from gateway.store import chats, presences
from gateway.store.chats import Chat
from gateway.store.fence import Fence


def apply(fence: Fence, news: Iterable[PresenceEvent]) -> None:
    """Tell what was heard, as far as it is about chats that there are."""
    for event in news:
        if isinstance(event, PersonTyping):
            _tell_typing(fence, event)
        else:
            _tell_seen(fence, event)


def _tell_typing(fence: Fence, event: PersonTyping) -> None:
    where = event.chat.jid if event.chat.kind == "group" else address_of(event.chat)
    if chat := _find(fence, where):
        data = {"chatId": str(chat.id), "participant": event.person.jid, "state": event.state}
        fence.emit(EventType.CHAT_PRESENCE, data)


def _tell_seen(fence: Fence, event: PersonSeen) -> None:
    chat = _find(fence, address_of(event.person))
    seen = event.last_seen_at
    if chat and presences.note(fence.connection, chat.id, online=event.online, last_seen_at=seen):
        data = {"chatId": str(chat.id), "online": event.online} | ({"lastSeenAt": iso(seen)} if seen else {})
        fence.emit(EventType.CONTACT_PRESENCE, data)


def _find(fence: Fence, where: Address | str) -> Chat | None:
    try:
        return chats.find(fence.connection, fence.session_id, where)
    except NotFound:
        return None
