"""To whom a message is to be sent: a phone number, a person's or group's JID, or the id of a chat."""

from __future__ import annotations

from uuid import UUID

from functions.api.chat_lookup import LIST_JID, named_person
from gateway.domain.errors import InvalidInput, InvalidPhoneNumber, NotFound
from gateway.domain.phone import Address, parse_recipient
from gateway.store import chats
from gateway.store.chats import Chat
from gateway.store.database import Connection


def recipient_of(connection: Connection, session_id: UUID, to: str) -> Address | str:
    """Return the person, or the JID of the group, that `to` names.

    Raises InvalidInput for what nothing can be sent to, and NotFound for a chat that the session does not know.
    """
    to = to.strip()
    try:
        chat = _chat(connection, session_id, to)
    except NotFound as error:
        raise NotFound("chat", field="to") from error
    if chat is None:
        return named_person(connection, session_id, to, "to")
    if chat.kind == "user":
        return Address(chat.lid, chat.phone_number)
    if chat.kind != "group":
        raise InvalidInput("to", "Messages can be sent to people and groups only.")
    return chat.remote_jid


def number_of(to: str) -> Address | None:
    """Return the person that `to` names by a number or JID; None for what recipient_of() has to look up, or refuses."""
    try:
        return None if LIST_JID.fullmatch(to.strip()) else parse_recipient(to)
    except InvalidPhoneNumber:
        return None


def _chat(connection: Connection, session_id: UUID, to: str) -> Chat | None:
    """Return the chat that is named by its id or its JID; None for what is neither."""
    if LIST_JID.fullmatch(to):
        return chats.find(connection, session_id, to)
    try:
        return chats.get(connection, session_id, UUID(to))
    except ValueError:
        return None
