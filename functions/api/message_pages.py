"""Pages of messages: those of a chat by WhatsApp's time, those of a session in the order in which they were stored."""

from __future__ import annotations

from uuid import UUID

from functions.api.http import pagination
from functions.api.http.pagination import paginate
from gateway.store import chat_messages, messages
from gateway.store.chat_messages import Place
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.message_filter import MessageFilter
from gateway.store.messages import Message

Page = tuple[list[Message], str | None]

_STORED, _BY_TIME = "messages", "chat-messages"


def page_of_session(
    connection: Connection, session_id: UUID, chat_id: UUID | None, only: MessageFilter, cursor: str | None, limit: int
) -> Page:
    """Return a page in the order in which messages were stored, and the next cursor. Raises InvalidInput."""
    before = pagination.decode_id(_STORED, cursor)
    rows = messages.page(connection, session_id, chat_id=chat_id, only=only, before=before, limit=limit + 1)
    return paginate(rows, limit, lambda last: pagination.encode(_STORED, last.id))


def page_of_chat(connection: Connection, chat: Chat, only: MessageFilter, cursor: str | None, limit: int) -> Page:
    """Return a page by WhatsApp's time, and the next cursor; a list that was begun as stored ends so.

    Raises InvalidInput.
    """
    if cursor is not None and pagination.is_of(_STORED, cursor):
        return page_of_session(connection, chat.session_id, chat.id, only, cursor, limit)
    place = pagination.decode_place(_BY_TIME, cursor)
    if place is None:
        rows, begun = chat_messages.newest(connection, chat, only=only, limit=limit + 1)
    else:
        begun = place[2]
        rows = chat_messages.before(connection, chat, Place(*place), only=only, limit=limit + 1)
    return paginate(rows, limit, lambda last: _cursor(chat_messages.place_of(last, begun)))


def _cursor(place: Place) -> str:
    return pagination.encode(_BY_TIME, place.timestamp, place.id, place.begun)
