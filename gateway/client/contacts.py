"""Contacts and numbers: what the API returns, and its endpoints."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.client.calls import Call, Id, Page, page_reader, path, query
from gateway.client.chats import Pictured
from gateway.client.models import Model
from gateway.client.operations import done, keyed


class Contact(Pictured):
    """A person; `id` is that of the chat with them.

    `name` is the best of `saved_name` (the phone's address book), `business_name` and `push_name` (their own).
    """

    id: UUID
    jid: str
    lid: str | None = None
    phone_number: str | None = None
    name: str | None = None
    saved_name: str | None = None
    business_name: str | None = None
    push_name: str | None = None
    blocked: bool = False
    last_message_at: datetime | None = None


class CheckedNumber(Model):
    """What WhatsApp said of a number, and when; it knows the account by `phone_number`, which may be another one."""

    number: str
    registered: bool
    jid: str | None = None
    phone_number: str | None = None
    checked_at: datetime


def contacts(
    session_id: Id, search: str | None, cursor: str | None = None, limit: int | None = None
) -> Call[Page[Contact]]:
    """List contacts."""
    read = page_reader("contacts", Contact.model_validate)
    return Call("GET", path("sessions", session_id, "contacts"), read, query(search=search, cursor=cursor, limit=limit))


def contact(session_id: Id, named: Id) -> Call[Contact]:
    """Read a contact."""
    return Call("GET", path("sessions", session_id, "contacts", named), Contact.model_validate)


def block(session_id: Id, named: Id, *, blocked: bool) -> Call[Contact]:
    """Block somebody, or end that."""
    where = path("sessions", session_id, "contacts", named, "block")
    return keyed("PUT" if blocked else "DELETE", where, done(Contact.model_validate))


def blocked(session_id: Id) -> Call[tuple[Contact, ...]]:
    """List who is blocked."""
    return Call("GET", path("sessions", session_id, "blocked"), _blocked)


def check(session_id: Id, numbers: Collection[str]) -> Call[tuple[CheckedNumber, ...]]:
    """Ask whether numbers are on WhatsApp; to repeat it does no harm."""
    return keyed("POST", path("sessions", session_id, "numbers", "check"), _numbers, {"numbers": list(numbers)})


def _blocked(document: Any) -> tuple[Contact, ...]:  # noqa: ANN401 - JSON
    return tuple(Contact.model_validate(each) for each in document["blocked"])


def _numbers(document: Any) -> tuple[CheckedNumber, ...]:  # noqa: ANN401 - JSON
    return tuple(CheckedNumber.model_validate(each) for each in document["numbers"])
