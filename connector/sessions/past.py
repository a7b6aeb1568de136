"""A piece of a phone's history in the store's terms, and how it is stored."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from connector.credentials import Credentials
from connector.sessions import addresses, inbound, sealing
from connector.whatsapp.history import HistoryChat, HistoryMessage, HistoryPiece, decode_piece
from connector.whatsapp.jids import lid_and_number
from gateway.domain.history import Chunk
from gateway.domain.phone import Address
from gateway.store import found_chats, history, incoming, timers
from gateway.store.bounds import NAME_CHARACTERS, OutOfBounds, bounded, is_identifier, shortened
from gateway.store.chats import Chat
from gateway.store.fence import Fence
from gateway.store.history import PastChat, PastMessage, Piece
from gateway.store.incoming import Incoming

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Past:
    """Imports pieces in one transaction; `chunks` are those that end with them, `messages` how many were new."""

    fence: Fence
    credentials: Credentials
    messages: int = 0
    chunks: list[Chunk] = field(default_factory=list)
    _people: dict[Address, Address] = field(default_factory=dict)

    def take_in(self, piece: Piece) -> None:
        """Import a piece. Raises google.protobuf.message.DecodeError, psycopg.Error."""
        if piece.device_jid != self.fence.session.device_jid:
            return
        decoded = decode_piece(piece.payload)
        if decoded.chat is not None:
            self._take_in_chat(decoded.chat, decoded, piece)
        if decoded.names:
            history.name_people(self.fence, _people(decoded.names))
        if decoded.chunk is not None:
            self.chunks.append(decoded.chunk)

    def _take_in_chat(self, told: HistoryChat, decoded: HistoryPiece, piece: Piece) -> None:
        chat = self._chat(told)
        if chat is None:
            return
        new: list[PastMessage] = []
        for message, status in self._messages(decoded.messages, piece):
            # An edit or deletion that did not become part of its message on the phone.
            if message.change is None or not incoming.change(self.fence, message):
                new.append((message, status))
        past = _past_chat(told, new)
        history.describe(self.fence.connection, chat, past)
        self.messages += history.store(self.fence, chat, new)
        history.mark_unread(self.fence.connection, chat, past)
        if told.timer_at is not None and told.timer_seconds:
            timers.learn(self.fence, [(chat, min(told.timer_seconds, inbound.LONGEST_TIMER), told.timer_at)])
        if self.fence.awaited:
            sealing.open_waiting(self.fence, self.credentials)

    def _chat(self, told: HistoryChat) -> Chat | None:
        kind, address = inbound.chat_kind(told.address), inbound.address_of(told.address)
        jid = None if kind == "user" else told.address.jid
        if not all(map(is_identifier, filter(None, (jid, address.lid, address.phone_number)))):
            return None
        if jid is None:
            address = addresses.of_chat(self.fence, self.credentials, address)
        return found_chats.chat_at(self.fence, address, jid, kind)

    def _messages(self, told: tuple[HistoryMessage, ...], piece: Piece) -> Iterator[PastMessage]:
        """Yield what can be stored; an id that WhatsApp does not make is no message of WhatsApp's."""
        for each in told:
            at = min(each.event.timestamp, piece.received_at).replace(microsecond=0)
            try:
                message = bounded(inbound.incoming(replace(each.event, timestamp=at)))
            except OutOfBounds:
                log.warning("a message of the history has no id that WhatsApp makes")
                continue
            yield self._completed(message), each.status

    def _completed(self, message: Incoming) -> Incoming:
        session = self.fence.session
        me = Address(session.lid, session.phone_number)
        message = replace(
            message,
            sender=me if message.from_me else self._person(message.sender),
            target_author=self._person(message.target_author),
        )
        return sealing.opened(self.fence, self.credentials, message)

    def _person(self, address: Address) -> Address:
        """Return a sender's address with its other form; of each it is asked once."""
        if address not in self._people:
            self._people[address] = addresses.of_sender(self.fence, self.credentials, address)
        return self._people[address]


def _past_chat(told: HistoryChat, messages: list[PastMessage]) -> PastChat:
    names = [message.push_name for message, _ in messages if not message.from_me and not message.group_jid]
    name = shortened(told.name, NAME_CHARACTERS) if told.name else None
    push_name = next((name for name in names if name), None)
    marks = (told.unread, told.active_at, told.archived, told.pinned, told.muted_until)
    return PastChat(name, push_name, *marks)


def _people(names: dict[str, str]) -> dict[Address, str]:
    return {Address(*lid_and_number(jid)): shortened(name, NAME_CHARACTERS) for jid, name in names.items()}
