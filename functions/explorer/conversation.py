"""The open chat: a page of its messages with days and what is unread, and why the assistant is silent in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from functions.explorer.bubbles import bubbles
from functions.explorer.contact_pages import ContactView
from functions.explorer.group_view import GroupView
from functions.explorer.message_view import MessageView, chat_title
from gateway.client import Chat, Gateway, Message, NotFound, Session, Takeover, Turn, calls, contacts, groups
from gateway.client import assistant as endpoints
from gateway.client.calls import Page
from gateway.client.chats import Pictured
from gateway.domain.assistant import TakeoverReason
from gateway.domain.kinds import SHOWN
from gateway.domain.messages import MessageStatus
from gateway.domain.turns import TurnStatus

MESSAGES_SHOWN = 40
# What is unread is shown from its beginning, with some that was read above it, as far as the API gives at once.
_READ_SHOWN = 10
_MOST_SHOWN = 200
# The kinds of chats to which the API sends.
_WRITABLE_KINDS = ("user", "group")
_UNTIL_INCLUDED = timedelta(milliseconds=1)
# As many are looked through for a message that was found.
_PAGES_OF_ONE_SECOND = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Which messages of the chat are shown: the newest, those before a cursor, or those up to the message `at`."""

    before: str | None = None
    at: UUID | None = None

    @property
    def is_latest(self) -> bool:
        return self.before is None and self.at is None


LATEST = Place()


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the list; `begins_day` and `begins_unread` say what stands above it."""

    view: MessageView
    day: date
    begins_day: bool
    begins_unread: bool


@dataclass(frozen=True, slots=True)
class Silence:
    """Why the assistant does not answer; `until` when, where that is known."""

    reason: str
    until: datetime | None = None
    can_be_ended: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the page shows of the open chat; `older` is the cursor of the page before."""

    id: UUID | None = None
    title: str = ""
    number: str | None = None
    kind: str = ""
    pictured: Pictured | None = None
    is_read_only: bool = False
    unread: int = 0
    rows: list[Row] = field(default_factory=list)
    older: str | None = None
    place: Place = LATEST
    takeover: Takeover | None = None
    silence: Silence | None = None

    @property
    def is_group(self) -> bool:
        return self.kind == "group"

    def view(self, message_id: UUID | None) -> MessageView | None:
        """Return a message of those shown."""
        return next((row.view for row in self.rows if row.view.message.id == message_id), None)


NOTHING_OPEN = Conversation()


def open_chat(
    gateway: Gateway, session: Session, chat_id: UUID, listed: Iterable[Chat], place: Place, zone: ZoneInfo
) -> Conversation:
    """Return what is shown of a chat; those in the list of chats are `listed`. Raise NotFound."""
    chat = next((each for each in listed if each.id == chat_id), None)
    limit = max(MESSAGES_SHOWN, min(_MOST_SHOWN, chat.unread_count + _READ_SHOWN)) if chat else MESSAGES_SHOWN
    page = _messages(gateway, session, chat_id, place, limit)
    last = page.items[0] if page.items else None
    title, kind, pictured = _known(chat, last) if chat or last else _empty(gateway, session, chat_id)
    unread = _unread(chat, page.items) if place.is_latest else 0
    takeover, silence = _assistant(gateway, session, chat_id, last)
    return Conversation(
        id=chat_id,
        title=title,
        number=chat.phone_number if chat else (last.chat_phone_number if last else None),
        kind=kind,
        pictured=pictured,
        is_read_only=kind not in _WRITABLE_KINDS,
        unread=unread,
        rows=list(_rows(bubbles(page.items, kind), zone, unread)),
        older=page.next,
        place=place,
        takeover=takeover,
        silence=silence,
    )


def _messages(gateway: Gateway, session: Session, chat_id: UUID, place: Place, limit: int) -> Page[Message]:
    if place.at is not None:
        return _messages_up_to(gateway, session, chat_id, place.at, limit)
    return gateway.ask(calls.messages(session.id, place.before, chat=chat_id, limit=limit))


def _messages_up_to(gateway: Gateway, session: Session, chat_id: UUID, at: UUID, limit: int) -> Page[Message]:
    """Return the page with a message; WhatsApp's time is in whole seconds, and others of its second come before it."""
    until = gateway.ask(calls.message(session.id, at)).timestamp + _UNTIL_INCLUDED
    read = partial(calls.messages, session.id, chat=chat_id, limit=limit, filters={"until": until})
    page = gateway.ask(read())
    for _ in range(_PAGES_OF_ONE_SECOND):
        if page.next is None or any(message.id == at for message in page.items):
            break
        page = gateway.ask(read(page.next))
    return page


def _unread(chat: Chat | None, messages: Iterable[Message]) -> int:
    """Return how many messages are unread; of a chat that is not in the list those of the page."""
    return chat.unread_count if chat else sum(map(_is_unread, messages))


def _is_unread(message: Message) -> bool:
    return not message.from_me and message.status == MessageStatus.RECEIVED and message.message_type in SHOWN


def _known(chat: Chat | None, last: Message | None) -> tuple[str, str, Pictured | None]:
    """Return title, kind and, where it is known, what has the picture, of a chat that is listed or has a message."""
    if chat is not None:
        return chat_title(chat), chat.kind, chat
    title = last and (last.chat_name or last.chat_phone_number or last.remote_jid)
    return title or "Chat", _kind_of(last), None


def _empty(gateway: Gateway, session: Session, chat_id: UUID) -> tuple[str, str, Pictured | None]:
    """Return title, kind and what has the picture of a chat without messages: a contact, or a group. Raise NotFound."""
    try:
        contact = gateway.ask(contacts.contact(session.id, chat_id))
        return ContactView(contact).title, "user", contact
    except NotFound:
        group = gateway.ask(groups.group(session.id, chat_id))
        return GroupView(group).title, "group", group


def _kind_of(last: Message | None) -> str:
    """Return the kind of a chat that is not in the list, by its JID."""
    server = (last.remote_jid if last else "").partition("@")[2]
    if last and last.remote_jid == "status@broadcast":
        return "status"
    return {"g.us": "group", "newsletter": "newsletter", "broadcast": "broadcast"}.get(server, "user")


def _rows(views: Iterable[MessageView], zone: ZoneInfo, unread: int) -> Iterator[Row]:
    day, first_unread = None, unread > 0
    for view in views:
        own_day = view.message.timestamp.astimezone(zone).date()
        begins_unread = first_unread and _is_unread(view.message)
        first_unread = first_unread and not begins_unread
        yield Row(view, own_day, own_day != day, begins_unread)
        day = own_day


def _assistant(
    gateway: Gateway, session: Session, chat_id: UUID, last: Message | None
) -> tuple[Takeover | None, Silence | None]:
    """Return who has the chat and why the assistant is silent; None where it is switched off."""
    config = session.assistant()
    if not config.enabled:
        return None, None
    takeover = session.takeover(chat_id)
    if takeover.taken_over:
        wrote = takeover.reason == TakeoverReason.WROTE
        return takeover, Silence("you wrote" if wrote else "a person has the chat", takeover.until, can_be_ended=True)
    if config.problem_detail:
        return takeover, Silence(config.problem_detail, config.paused_until)
    turns = gateway.ask(endpoints.turns(session.id, chat=chat_id, limit=1)).items
    return takeover, _last_decision(turns[0], last) if turns else None


def _last_decision(turn: Turn, last: Message | None) -> Silence | None:
    """Return why the last message was not answered; None where it was, or is about to be."""
    if last is None or last.from_me or turn.status not in (TurnStatus.SKIPPED, TurnStatus.FAILED):
        return None
    return Silence(turn.detail or "It left the last message alone.") if turn.answered_id == last.id else None
