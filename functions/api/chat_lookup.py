"""Finds chats as callers name them: by id, phone number or JID."""

from __future__ import annotations

import re
from uuid import UUID

from gateway.domain.errors import InvalidInput, InvalidPhoneNumber, NotFound
from gateway.domain.phone import Address, delivered_number, parse_recipient
from gateway.store import chats, messages
from gateway.store.chats import Chat
from gateway.store.database import Connection

LIST_JID = re.compile(r"[0-9A-Za-z.-]{1,64}@(g\.us|broadcast|newsletter)")


def filtered_chat(connection: Connection, session_id: UUID, text: str) -> Chat:
    """Return the chat that a query names. Raises InvalidInput for what cannot be a chat, and NotFound."""
    if (chat_id := _as_uuid(text)) is not None:
        return chats.get(connection, session_id, chat_id)
    if LIST_JID.fullmatch(text):
        return chats.find(connection, session_id, text)
    return chats.find(connection, session_id, named_person(connection, session_id, text, "chat"))


def named_person(connection: Connection, session_id: UUID, text: str, field: str) -> Address:
    """Return whom a caller names by number or JID. Raises InvalidPhoneNumber.

    A number that WhatsApp has delivered to the session is right whatever numbering plans say.
    """
    try:
        return parse_recipient(text, field)
    except InvalidPhoneNumber:
        number = delivered_number(text)
        if number is None or not messages.knows_number(connection, session_id, number):
            raise
        return Address(phone_number=number)


def named_chat(connection: Connection, session_id: UUID, text: str) -> Chat:
    """Return the chat that a path names. Raises NotFound, also for what cannot be a chat."""
    try:
        return filtered_chat(connection, session_id, text)
    except InvalidInput as error:
        raise NotFound("chat") from error


def named_of_kind(connection: Connection, session_id: UUID, text: str, kind: str, resource: str) -> Chat:
    """Return the chat of a kind that a path names. Raises NotFound of the `resource`, also for another kind."""
    try:
        chat = named_chat(connection, session_id, text)
    except NotFound as error:
        raise NotFound(resource) from error
    if chat.kind != kind:
        raise NotFound(resource)
    return chat


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
