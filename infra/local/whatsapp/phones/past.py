"""A past for a phone: chats and messages of the days before, which nobody has sent."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from infra.local.whatsapp.accounts import PHONE, Account
from infra.local.whatsapp.control.kinds import Card, Contacts, Poll
from infra.local.whatsapp.control.media import DocumentMessage, ImageMessage, VoiceMessage
from infra.local.whatsapp.control.models import Body, LocationMessage
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones import contents
from infra.local.whatsapp.phones.contents import Message, Target, with_secret
from infra.local.whatsapp.phones.kinds import content_of
from infra.local.whatsapp.phones.media import file_content
from infra.local.whatsapp.phones.message_history import MessageHistory, StoredMessage
from infra.local.whatsapp.phones.outbox import message_id
from infra.local.whatsapp.phones.summary import summarize
from infra.local.whatsapp.wire import proto

_DAY = 24 * 3600
_TEXTS_BETWEEN = 6
_LONGEST_AGO = 60


class Past(Body):
    """chats: with people, who are made for it; groups: beside these. messages: in all, spread over so many days."""

    chats: int = Field(default=3, ge=1, le=1000)
    groups: int = Field(default=0, ge=0, le=100)
    messages: int = Field(default=30, ge=0, le=100_000)
    days: int = Field(default=30, ge=1, le=3650)


class _Chat(NamedTuple):
    recipient: Account | GroupChat
    authors: list[Account]

    @property
    def peer(self) -> str:
        return self.recipient.number if isinstance(self.recipient, Account) else str(self.recipient.jid)


def make_past(network: Network, history: MessageHistory, account: Account, wanted: Past) -> list[str]:
    """Give the phone a past and return its chats: numbers and groups. Every seventh message is no text."""
    people = [_new_contact(network, position) for position in range(1, wanted.chats + 1)]
    chats = [_Chat(person, [person, account]) for person in people]
    for position in range(1, wanted.groups + 1):
        chosen = [people[(position + offset) % len(people)] for offset in range(min(3, len(people)))]
        members = [person.number for person in chosen]
        group = network.group_chats.create_group(account.number, f"Group {position}", members)
        chats.append(_Chat(group, [*chosen, account]))
    for message in _messages(network, account, chats, wanted):
        history.add(account.number, message)
    return [chat.peer for chat in chats]


def _new_contact(network: Network, position: int) -> Account:
    while network.directory.by_number(number := f"4915{random.randrange(10**9):09d}"):  # noqa: S311 - no secret
        pass
    return network.directory.create(number, f"Contact {position}")


def _messages(network: Network, account: Account, chats: list[_Chat], wanted: Past) -> Iterator[StoredMessage]:
    """Yield the messages, oldest first; in each chat the last one that somebody else wrote is unread."""
    others, before = itertools.cycle(_others(network)), dict[str, StoredMessage]()
    end = int(time.time()) - _LONGEST_AGO
    for position in range(wanted.messages):
        chat, turn = chats[position % len(chats)], position // len(chats)
        author = chat.authors[turn % len(chat.authors)]
        target = before.get(chat.peer)
        if turn % (_TEXTS_BETWEEN + 1) < _TEXTS_BETWEEN:
            message = proto.Message(conversation=f"Message {turn + 1}")
        else:
            message = next(others) or _reaction(network, chat, target)
        at = end - (wanted.messages - 1 - position) * (wanted.days * _DAY) // wanted.messages
        last = position + len(chats) * len(chat.authors) >= wanted.messages
        stored = _stored(account, chat, author, message, at, unread=last)
        if stored.kind != "reaction":
            before[chat.peer] = stored
        yield stored


def _others(network: Network) -> list[Message | None]:
    """Return one message of each other kind; None stands for a reaction. Their files are uploaded once."""
    files = (
        ImageMessage(to="status", kind="image", caption="A picture"),
        VoiceMessage(to="status", kind="voice"),
        DocumentMessage(to="status", kind="document"),
    )
    bodies = (
        Contacts(to="status", kind="contact", contacts=[Card(name="Ada", vcard="BEGIN:VCARD\nFN:Ada\nEND:VCARD")]),
        Poll(to="status", kind="poll", question="When?", options=["Monday", "Tuesday"]),
    )
    place = LocationMessage(to="status", kind="location", latitude=51.5, longitude=-0.1, name="Here")
    return [
        *(file_content(network.media, file).message for file in files),
        *(content_of(body).message for body in bodies),
        contents.location(place).message,
        None,
    ]


def _reaction(network: Network, chat: _Chat, target: StoredMessage | None) -> Message:
    if target is None:
        return proto.Message(conversation="The first message")
    recipient = chat.recipient
    address = recipient.lid if isinstance(recipient, Account) else recipient.jid
    author = network.directory.lid(target.author) if isinstance(recipient, GroupChat) else None
    return contents.reaction(Target(address, target.id, target.from_me, author), "👍").message


def _stored(
    account: Account, chat: _Chat, author: Account, message: Message, at: int, *, unread: bool
) -> StoredMessage:
    own, copy = author.number == account.number, proto.Message.FromString(message.SerializeToString())
    summary, payload = summarize(copy), with_secret(copy).SerializeToString()
    status = "received" if unread and not own else "read"
    return StoredMessage(
        *(chat.peer, message_id(), own, PHONE, summary.kind, summary.text, status, at, payload, author.number),
        details=summary.details,
    )
