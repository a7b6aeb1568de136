"""The list of chats: what is shown of each, how many are unread, and the messages that a search found."""

from __future__ import annotations

from dataclasses import dataclass

from functions.explorer.message_view import MessageView, chat_title, snippet
from gateway.client import Chat, Gateway, Message, Session, calls
from gateway.client.calls import Page
from gateway.domain.messages import MessageStatus

_FOUND_SHOWN = 20
_COUNTED = 100
# What is shown of a text before the word that was searched.
_LEAD_CHARACTERS = 30


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A chat in the list."""

    chat: Chat
    title: str
    snippet: str
    last: MessageView | None
    typing: str = ""

    @property
    def failed(self) -> bool:
        """Whether the last message was not sent."""
        return self.last is not None and self.last.message.status == MessageStatus.FAILED


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that holds what was searched."""

    message: Message
    title: str
    snippet: str


def list_entry(chat: Chat, typing: str = "") -> ListEntry:
    """Return what the list shows of a chat where somebody is `typing`; in groups the author stands before the text."""
    last = MessageView(chat.last_message) if chat.last_message else None
    text = snippet(chat.last_message)
    if last and chat.kind == "group" and not last.message.from_me and last.author:
        text = f"{last.author}: {text}"
    return ListEntry(chat, chat_title(chat), text, last, typing)


def search_messages(gateway: Gateway, session: Session, search: str) -> list[FoundMessage]:
    """Return the newest messages whose text holds what was searched."""
    page = gateway.ask(calls.messages(session.id, limit=_FOUND_SHOWN, filters={"search": search.strip()}))
    return [
        FoundMessage(
            message, message.chat_name or message.chat_phone_number or message.remote_jid, _around(message, search)
        )
        for message in page.items
    ]


def _around(message: Message, search: str) -> str:
    """Return the text from shortly before what was searched."""
    text = " ".join((message.content or "").split())
    begin = max(0, text.lower().find(search.strip().lower()) - _LEAD_CHARACTERS)
    return f"… {text[begin:]}" if begin else text


def unread_chats(gateway: Gateway, session: Session, page: Page[Chat]) -> int:
    """Return how many chats have unread messages: of the list where it is whole, else as the API counts."""
    if page.next is None:
        return sum(chat.unread_count > 0 for chat in page.items)
    return len(gateway.ask(calls.chats(session.id, unread=True, limit=_COUNTED)).items)
