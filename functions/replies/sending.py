"""Queues what the assistant has to say in a chat, with the notice that a machine answers where it is due."""

from __future__ import annotations

from uuid import UUID

from functions.replies.preparing import language
from gateway.domain.messages import Origin
from gateway.domain.notices import DISCLOSURES
from gateway.domain.outbound import Text
from gateway.domain.phone import Address
from gateway.domain.splitting import split
from gateway.store import outgoing
from gateway.store.assistant import disclosures
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.turns import Turn
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.drafts import Draft
from gateway.store.ids import new_id
from gateway.store.sessions import Session


def queue_text(
    connection: Connection,
    session: Session,
    config: AssistantConfig,
    chat: Chat,
    turn: Turn,
    text: str,
    expires_seconds: float,
    *,
    notice: bool,
) -> None:
    """Queue a text to the chat that the turn is about, in as many messages as it needs.

    With `notice` it tells the chat that a machine answers, if it is to say so at all.
    """
    first = new_id()
    told = _notice(connection, session, config, chat, first) if notice and config.disclose else None
    parts = split(f"{told}\n\n{text}" if told else text)
    for number, part in enumerate(parts, start=1):
        draft = Draft(
            Address(chat.lid, chat.phone_number),
            Text(part),
            id=first if number == 1 else new_id(),
            origin=Origin.AI,
            turn_id=turn.id,
            turn_part=number,
        )
        outgoing.queue_in_chat(connection, session, chat, draft, expires_seconds)


def _notice(connection: Connection, session: Session, config: AssistantConfig, chat: Chat, message_id: UUID) -> str:
    """Return what tells the chat that a machine answers, with the message of this id."""
    disclosures.record(connection, chat.id, message_id)
    return config.disclosure_text or DISCLOSURES[language(session, config)]
