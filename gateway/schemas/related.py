"""What of other rows is shown with a message: reactions, votes, parts, names, our ids of what it quotes or is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import Field
from pydantic.config import JsonDict

from gateway.domain.content import Poll, PollVote, Voter
from gateway.domain.documents import details_from, to_document
from gateway.domain.phone import address_of
from gateway.domain.polls import with_results
from gateway.schemas.base import Moment, ResponseBody, shown
from gateway.store import albums, marks, messages, people
from gateway.store.database import Connection
from gateway.store.marks import Mark
from gateway.store.messages import Message
from gateway.store.people import Person

REACTION: JsonDict = {
    "emoji": "👍",
    "fromMe": False,
    "senderPhoneNumber": "+4915112345678",
    "senderLid": "118367280017461@lid",
    "pushName": "Mara",
    "timestamp": "2026-08-21T09:41:10.000Z",
}


class ReactionBody(ResponseBody):
    """Who reacted to a message, and how; each person's last reaction."""

    model_config = shown(REACTION)

    emoji: str
    from_me: bool
    sender_phone_number: str | None
    sender_lid: str | None
    push_name: str | None
    timestamp: Moment

    @classmethod
    def of(cls, reaction: Mark) -> ReactionBody:
        return cls(
            emoji=reaction.content or "",
            from_me=reaction.from_me,
            sender_phone_number=reaction.sender_phone,
            sender_lid=reaction.sender_lid,
            push_name=reaction.push_name,
            timestamp=reaction.timestamp,
        )


class Mention(ResponseBody):
    """A person who is mentioned; the text holds the digits of the JID behind an @."""

    model_config = shown(
        {"jid": "118367280017461@lid", "lid": "118367280017461@lid", "phoneNumber": "+4915112345678", "name": "Mara"}
    )

    jid: str
    lid: str | None
    phone_number: str | None
    name: str | None = Field(description="As in the list of chats; null for who has none there.")


@dataclass(frozen=True, slots=True)
class Related:
    """What of other rows is shown with messages, by chat and WhatsApp's id: our ids of them, marks, parts of albums.

    `people` are who is mentioned, by session and LID or number.
    """

    ids: Mapping[tuple[UUID, str], UUID] = field(default_factory=dict)
    marks: Mapping[tuple[UUID, str], Sequence[Mark]] = field(default_factory=dict)
    parts: Mapping[tuple[UUID, str], Sequence[UUID]] = field(default_factory=dict)
    people: Mapping[tuple[UUID, str], Person] = field(default_factory=dict)

    def marks_on(self, message: Message, kind: str) -> list[Mark]:
        """Return the reactions to a message, or the votes in it."""
        found = self.marks.get((message.chat_id, message.message_id or ""), ())
        return [mark for mark in found if mark.message_type == kind]

    def details_of(self, message: Message) -> dict[str, Any] | None:
        """Return the details of a message with what others added: votes, the parts of an album."""
        if message.message_type == "poll" and isinstance(poll := details_from(message.details), Poll):
            return to_document(with_results(poll, _votes(self.marks_on(message, "poll_vote"))))
        parts = self.parts.get((message.chat_id, message.message_id or ""))
        # Of an album of ours the order is known before WhatsApp has its parts.
        is_ours = "parts" in (message.details or {})
        return {**(message.details or {}), "parts": parts} if parts and not is_ours else message.details

    def mentions_of(self, message: Message) -> list[Mention]:
        """Return whom a message mentions."""
        return [self._mention(message.session_id, jid) for jid in message.mentions or ()]

    def _mention(self, session_id: UUID, jid: str) -> Mention:
        named = address_of(jid)
        known = self.people.get((session_id, named.lid or named.phone_number or ""))
        return Mention(
            jid=jid,
            lid=named.lid or (known.lid if known else None),
            phone_number=named.phone_number or (known.phone_number if known else None),
            name=known.name if known else None,
        )


def _votes(found: Sequence[Mark]) -> list[tuple[Voter, PollVote]]:
    votes = [(mark, details_from(mark.details)) for mark in found]
    return [(_voter(mark), vote) for mark, vote in votes if isinstance(vote, PollVote)]


def _voter(mark: Mark) -> Voter:
    return Voter(
        from_me=mark.from_me,
        sender_phone_number=mark.sender_phone,
        sender_lid=mark.sender_lid,
        push_name=mark.push_name,
        timestamp=mark.timestamp,
    )


def related_to(connection: Connection, found: Collection[Message]) -> Related:
    """Return what belongs to these messages."""
    if not found:
        return Related()
    return Related(
        _ids(connection, found),
        marks.on_messages(connection, found),
        albums.parts(connection, found),
        _mentioned(connection, found),
    )


def _mentioned(connection: Connection, found: Collection[Message]) -> dict[tuple[UUID, str], Person]:
    named = [(message.session_id, address_of(jid)) for message in found for jid in message.mentions or ()]
    return people.known(connection, named)


def _ids(connection: Connection, found: Collection[Message]) -> dict[tuple[UUID, str], UUID]:
    """Return our ids of what the messages quote or are about: WhatsApp names it by its ids, callers read it by ours."""
    named = {(message.session_id, name) for message in found for name in (message.quoted_id, message.target_id) if name}
    return messages.ids_of_whatsapp_ids(connection, named)
