"""Operations on people: the calls, then the rows as WhatsApp answered."""

from __future__ import annotations

from functools import partial
from typing import Any

from connector.sessions import address_book, pictures
from connector.sessions.client_calls import ClientCalls
from connector.sessions.inbound import address_of
from connector.sessions.look_up_number import number_of
from connector.sessions.operation_errors import Write
from connector.whatsapp.errors import RequestRefused
from connector.whatsapp.jids import WhatsAppAddress
from gateway.domain import phone
from gateway.domain.operations import ChangeBlock, CheckNumbers, ContactOperation, ReadContacts, ReadPicture
from gateway.domain.phone import Address
from gateway.store import chats, contacts, numbers
from gateway.store.fence import Fence
from gateway.store.numbers import Number

_NOBODY = 404


def carry_out(calls: ClientCalls, operation: ContactOperation, device_jid: str) -> Write:
    """Call WhatsApp. Raises WhatsAppError."""
    match operation:
        case ReadContacts():
            return _read(calls, device_jid)
        case ReadPicture(jid=jid):
            return pictures.read(calls, jid)
        case ChangeBlock(jid=jid, blocked=blocked):
            person = _with_lid(calls, phone.address_of(jid))
            calls.call(lambda client: client.set_blocked(person.jid, blocked=blocked))
            return partial(_write_blocked, person, blocked)
        case CheckNumbers(numbers=asked):
            found = calls.call(lambda client: client.look_up_all(asked))
            return partial(_write_numbers, [number_of(calls, number, found[number]) for number in asked])


def _read(calls: ClientCalls, device_jid: str) -> Write:
    blocked = calls.call(lambda client: client.blocked())
    book = address_book.read(calls.resources.credentials, device_jid)
    return partial(_write_contacts, book, blocked)


def _write_contacts(book: list[contacts.Entry], blocked: list[WhatsAppAddress], fence: Fence) -> dict[str, Any]:
    contacts.take_in(fence, book)
    people = [address_of(person) for person in blocked]
    for unknown in _without_chat(fence, people):
        chats.with_person(fence.connection, fence.session_id, unknown)
    contacts.record_lists(fence, people)
    return {"blocked": len(blocked)}


def _without_chat(fence: Fence, people: list[Address]) -> list[Address]:
    known = chats.with_addresses(fence.connection, fence.session_id, people)
    addresses = {name for chat in known for name in (chat.lid, chat.phone_number) if name}
    return [each for each in people if each != Address() and not {each.lid, each.phone_number} & addresses]


def _with_lid(calls: ClientCalls, person: Address) -> Address:
    """Return the LID of somebody who is named by a number, by which alone WhatsApp blocks. Raises RequestRefused."""
    if person.lid:
        return person
    number = person.phone_number or ""
    found = calls.call(lambda client: client.look_up(number))
    if not found.lid:
        raise RequestRefused(_NOBODY)
    return Address(found.lid, found.phone_number or number)


def _write_blocked(person: Address, blocked: bool, fence: Fence) -> dict[str, Any]:
    chat = chats.with_person(fence.connection, fence.session_id, person)
    contacts.set_blocked(fence, chat.id, blocked=blocked)
    return {"chatId": str(chat.id)}


def _write_numbers(found: list[Number], fence: Fence) -> dict[str, Any]:
    for number in found:
        numbers.remember(fence.connection, number)
    return {"checked": len(found)}
