"""What a request to send wants, as the domain has it, with what it replies to, mentions or forwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias
from uuid import UUID

from functions.api.chat_lookup import named_person
from functions.api.files import FoundFile
from functions.api.queueing import Wanted
from functions.api.schemas.files import SendFile
from functions.api.schemas.kinds import (
    SendContacts,
    SendForward,
    SendLocation,
    SendPoll,
    SendText,
    SentContact,
)
from gateway.domain.content import ContactCard, Contacts, Phone, Poll, Quote
from gateway.domain.errors import Conflict, InvalidInput, NotFound
from gateway.domain.kinds import ACTIONS
from gateway.domain.links import LinkPreview
from gateway.domain.media import MediaState
from gateway.domain.messages import validate_text
from gateway.domain.outbound import Content, Context, File, Location, Text
from gateway.domain.phone import Address, parse_phone_number
from gateway.store import media_sends, messages
from gateway.store.database import Connection
from gateway.store.messages import Message
from gateway.store.outbound import content_of, forwarding_score_of

Body: TypeAlias = SendText | SendLocation | SendContacts | SendPoll | SendForward


def validate(body: Body) -> None:
    """Raise InvalidInput for what can be found wrong without the database."""
    if isinstance(body, SendText):
        validate_text(body.text)
    elif isinstance(body, SendPoll):
        _require_different(body.options)
    elif isinstance(body, SendContacts):
        _contacts(body)


def compose(
    connection: Connection, session_id: UUID, to: Address | str, body: Body, preview: LinkPreview | None = None
) -> Wanted:
    """Return what a body sends. Raises InvalidInput, NotFound for what it names, Conflict."""
    if isinstance(body, SendForward):
        content, context, pending = _forwarded(connection, session_id, body.forward_of)
        return Wanted(to, content, context, automated=body.automated, pending=pending)
    quoted = _quoted(connection, session_id, body.reply_to) if body.reply_to else None
    mentions = _mentions(connection, session_id, body) if isinstance(body, SendText) else ()
    context = Context(_quote_of(quoted) if quoted else None, mentions)
    chat_id = quoted.chat_id if quoted else None
    return Wanted(to, _content(body, preview), context, chat_id, automated=body.automated)


def compose_file(
    connection: Connection, session_id: UUID, to: Address | str, body: SendFile, found: FoundFile
) -> Wanted:
    """Return what a body with a file sends. Raises NotFound for what it replies to, Conflict."""
    quoted = _quoted(connection, session_id, body.reply_to) if body.reply_to else None
    context = Context(_quote_of(quoted) if quoted else None)
    chat_id = quoted.chat_id if quoted else None
    return Wanted(to, found.content, context, chat_id, automated=body.automated, pending=found.pending)


def _content(body: SendText | SendLocation | SendContacts | SendPoll, preview: LinkPreview | None) -> Content:
    match body:
        case SendText():
            return Text(body.text, preview)
        case SendLocation():
            return Location(body.latitude, body.longitude, body.name, body.address)
        case SendContacts():
            return _contacts(body)
        case SendPoll():
            selectable = 0 if body.multiple else 1
            return Poll(kind="poll", question=body.question, options=tuple(body.options), selectable=selectable)


def _contacts(body: SendContacts) -> Contacts:
    cards = tuple(_card(f"contacts.{place}", contact) for place, contact in enumerate(body.contacts))
    return Contacts(kind="contact" if len(cards) == 1 else "contacts", contacts=cards)


def _card(field: str, contact: SentContact) -> ContactCard:
    numbers = [parse_phone_number(text, f"{field}.phones.{place}") for place, text in enumerate(contact.phones)]
    return ContactCard(
        name=contact.name,
        organisation=contact.organisation,
        phones=tuple(Phone(number=number, whatsapp=number) for number in numbers),
        emails=contact.emails,
    )


def _require_different(options: list[str]) -> None:
    """Votes name an option by the hash of its text: two of the same could not be told apart."""
    for place, option in enumerate(options):
        if option in options[:place]:
            raise InvalidInput(f"options.{place}", "This option is there already.")


def _mentions(connection: Connection, session_id: UUID, body: SendText) -> tuple[str, ...]:
    """Return the JIDs of those who are mentioned. Raise InvalidInput for one whose digits are not in the text."""
    found = []
    for place, named in enumerate(body.mentions):
        field = f"mentions.{place}"
        jid = named_person(connection, session_id, named, field).jid
        if (written := f"@{jid.partition('@')[0]}") not in body.text:
            raise InvalidInput(field, f"The text does not hold {written}, by which phones show who is mentioned.")
        found.append(jid)
    return tuple(dict.fromkeys(found))


def _quoted(connection: Connection, session_id: UUID, message_id: UUID) -> Message:
    return _sent(_named(connection, session_id, message_id, "replyTo"), "replied to")


def _quote_of(message: Message) -> Quote:
    return Quote(
        message_id=message.message_id or "",
        sender_lid=message.sender_lid,
        sender_phone_number=message.sender_phone,
        message_type=message.message_type,
        text=message.content,
    )


def _forwarded(connection: Connection, session_id: UUID, message_id: UUID) -> tuple[Content, Context, UUID | None]:
    """Return also the file that functions/media has to look at first, if there is one."""
    message = _sent(_named(connection, session_id, message_id, "forwardOf"), "forwarded")
    try:
        content = content_of(message)
    except ValueError as error:
        raise InvalidInput("forwardOf", "Messages of this type cannot be forwarded.") from error
    if message.message_type in ACTIONS:
        raise InvalidInput("forwardOf", "Messages of this type cannot be forwarded.")
    context, pending = Context(forwarding_score=forwarding_score_of(message) + 1), None
    if isinstance(content, File):
        file = media_sends.sent_on(connection, message, content.media_id)
        content = replace(content, media_id=file.id)
        pending = file.id if file.state == MediaState.PENDING else None
    return content, context, pending


def _named(connection: Connection, session_id: UUID, message_id: UUID, field: str) -> Message:
    try:
        return messages.get(connection, session_id, message_id)
    except NotFound as error:
        raise NotFound("message", field=field) from error


def _sent(message: Message, done: str) -> Message:
    """Return a message that WhatsApp has and that was not deleted. Raises Conflict."""
    if message.deleted_at is not None:
        raise Conflict("deleted", f"The message was deleted and cannot be {done}.")
    if message.message_id is None:
        raise Conflict("not_sent", f"WhatsApp does not have the message yet: it cannot be {done}.")
    return message
