"""What of other rows is shown with a message: the reactions to it, and our ids of what it quotes or is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pydantic.config import JsonDict

from gateway.schemas.base import Moment, ResponseBody, shown
from gateway.store import messages, reactions
from gateway.store.database import Connection
from gateway.store.messages import Message
from gateway.store.reactions import Reaction

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
    def of(cls, reaction: Reaction) -> ReactionBody:
        return cls(
            emoji=reaction.emoji,
            from_me=reaction.from_me,
            sender_phone_number=reaction.sender_phone,
            sender_lid=reaction.sender_lid,
            push_name=reaction.push_name,
            timestamp=reaction.timestamp,
        )


@dataclass(frozen=True, slots=True)
class Related:
    """What of other rows is shown with messages, by chat and WhatsApp's id: our ids of messages, and reactions."""

    ids: Mapping[tuple[UUID, str], UUID] = field(default_factory=dict)
    reactions: Mapping[tuple[UUID, str], Sequence[Reaction]] = field(default_factory=dict)


def related_to(connection: Connection, found: Collection[Message]) -> Related:
    """Return what belongs to these messages."""
    if not found:
        return Related()
    return Related(_ids(connection, found), reactions.to_messages(connection, found))


def _ids(connection: Connection, found: Collection[Message]) -> dict[tuple[UUID, str], UUID]:
    """Return our ids of what the messages quote or are about: WhatsApp names it by its ids, callers read it by ours."""
    named = {(message.session_id, name) for message in found for name in (message.quoted_id, message.target_id) if name}
    return messages.ids_of_whatsapp_ids(connection, named)
