"""Contacts as callers name them, and what is asked of WhatsApp before they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from functions.api.chat_lookup import named_of_kind, named_person
from functions.api.operations import only, read_at_whatsapp
from functions.api.pictures import read_picture
from functions.api.queueing import SendRequest
from gateway.callers import Caller
from gateway.domain.errors import Conflict, InvalidInput, NotFound
from gateway.domain.operations import CheckNumbers, Operation, ReadContacts
from gateway.domain.phone import Address, parse_phone_number
from gateway.domain.sessions import SessionState
from gateway.store import chats, contact_pages, numbers, people, sessions
from gateway.store.chats import Chat
from gateway.store.contact_pages import ShownContact
from gateway.store.database import Connection
from gateway.store.numbers import CheckedNumber
from gateway.store.sessions import Session


def contact_at(connection: Connection, session_id: UUID, text: str) -> Chat:
    """Return the chat of a contact that a path names by number, LID, JID or the chat's id. Raises NotFound."""
    return named_of_kind(connection, session_id, text, "user", "contact")


def jid_of(connection: Connection, session_id: UUID, text: str) -> str:
    """Return the JID of a contact, or of somebody else, by number or JID. Raises NotFound for what is neither."""
    try:
        return contact_at(connection, session_id, text).remote_jid
    except NotFound:
        try:
            return named_person(connection, session_id, text, "contact").jid
        except InvalidInput as error:
            raise NotFound("contact") from error


async def read_lists(looking: SendRequest, caller: Caller, session_id: UUID) -> Session:
    """Return the session, after its address book and block list were read where they can be, and were not lately.

    Raises NotFound, Conflict while WhatsApp does not answer, OperationFailed.
    """

    def known(connection: Connection) -> tuple[Session, bool]:
        session = sessions.get(connection, caller.reach, session_id)
        return session, contact_pages.are_fresh(connection, session)

    session, is_fresh = await run_in_threadpool(looking.services.database.ask, known)
    if not is_fresh and session.presented.state is SessionState.CONNECTED:
        await read_at_whatsapp(looking, caller, session, only(ReadContacts()))
    return session


async def read_one(looking: SendRequest, caller: Caller, session_id: UUID, text: str) -> ShownContact:
    """Return a contact, after WhatsApp was asked for the picture where it can be, and was not lately.

    Whoever wrote in a group, or is in one, is a contact once it is read. Raises as read_lists() does.
    """

    def known(connection: Connection) -> tuple[Session, ShownContact]:
        session = sessions.get(connection, caller.reach, session_id)
        chat = contact_at(connection, session.id, text)
        return session, contact_pages.get(connection, session.id, chat.id)

    try:
        session, contact = await run_in_threadpool(looking.services.database.ask, known)
    except NotFound:
        make = partial(_make_contact, caller, session_id, text)
        await run_in_threadpool(looking.services.database.run, make)
        session, contact = await run_in_threadpool(looking.services.database.ask, known)
    if contact.picture_is_fresh:
        return contact
    await read_picture(looking, caller, session, contact.jid)
    return (await run_in_threadpool(looking.services.database.ask, known))[1]


def _make_contact(caller: Caller, session_id: UUID, text: str, connection: Connection) -> None:
    """Make somebody a contact who is only known from groups. Raises NotFound for who is not known from there either."""
    session = sessions.lock(connection, caller.reach, session_id)
    try:
        named = named_person(connection, session.id, text, "contact")
    except InvalidInput as error:
        raise NotFound("contact") from error
    met = people.met_in_groups(connection, session.id, named)
    if met is None:
        raise NotFound("contact")
    chats.with_person(connection, session.id, Address(met.lid, met.phone_number), met.name)


async def check(looking: SendRequest, caller: Caller, session_id: UUID, texts: Sequence[str]) -> list[CheckedNumber]:
    """Return what WhatsApp says of numbers, in their order; it is asked only for those of which nothing is known.

    Raises InvalidPhoneNumber with the place of a wrong one, RateLimited, and as read_at_whatsapp().
    """
    wanted = [parse_phone_number(text, f"numbers.{place}") for place, text in enumerate(texts)]

    def known(connection: Connection) -> tuple[Session, dict[str, CheckedNumber]]:
        return sessions.get(connection, caller.reach, session_id), numbers.known(connection, wanted)

    session, found = await run_in_threadpool(looking.services.database.ask, known)
    missing = tuple(dict.fromkeys(number for number in wanted if number not in found))
    if missing:
        await read_at_whatsapp(looking, caller, session, partial(_spend, looking, missing))
        _, newer = await run_in_threadpool(looking.services.database.ask, known)
        found |= newer
    if missing := tuple(number for number in wanted if number not in found):
        raise Conflict("not_answered", "WhatsApp has not answered for all of them; try again shortly.")
    return [found[number] for number in wanted]


def _spend(looking: SendRequest, missing: tuple[str, ...], connection: Connection, session_id: UUID) -> Operation:
    numbers.spend(connection, session_id, len(missing), looking.services.settings.number_checks_per_day)
    return CheckNumbers(missing)
