"""What is to be sent, and the row that it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway import correlation
from gateway.domain.commands import CommandKind
from gateway.domain.events import EventType
from gateway.domain.kinds import SHOWN
from gateway.domain.media import media_path
from gateway.domain.messages import MessageStatus, Origin
from gateway.domain.outbound import Content, Context, File, Outbound
from gateway.domain.phone import Address
from gateway.store import outbound
from gateway.store.chats import TOUCH, Chat
from gateway.store.commands import QUEUED
from gateway.store.database import Connection
from gateway.store.events import APPEND_EVENTS_OF_COMMAND
from gateway.store.ids import new_id
from gateway.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Draft:
    """What to send, to a person or to the group of this JID; `id` becomes the message's.

    What it replies to must be in the chat of the id `quoted_chat_id`, where that is given. `fingerprint`
    identifies the request behind an idempotency key; `automated` is through the API, but by no person. The `parts` of
    an album are sent after it, and none of them before the files of all are at WhatsApp.
    """

    to: Address | str
    content: Content
    context: Context = field(default_factory=Context)
    quoted_chat_id: UUID | None = None
    id: UUID = field(default_factory=new_id)
    origin: Origin = Origin.API
    automated: bool = False
    idempotency_key: str | None = None
    fingerprint: bytes | None = None
    correlation_id: str | None = None
    turn_id: UUID | None = None
    turn_part: int | None = None
    parts: tuple[Draft, ...] = ()

    @property
    def outbound(self) -> Outbound:
        return Outbound(self.content, self.context)


def insert(connection: Connection, session: Session, chat: Chat, draft: Draft, command: dict[str, Any]) -> None:
    """Insert the message with its event, and the command that sends it, of the parameters of commands.queued().

    It is the last of its chat unless about another. The caller holds the session's row lock.
    """
    values = _columns(draft, command["command_id"], session, chat)
    columns, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    connection.execute(
        f"""
        WITH m AS (
            INSERT INTO gateway.whatsapp_explorer_messages ({columns}, timestamp, queued_at, created_at)
            SELECT {places}, date_trunc('second', now), now, now FROM clock_timestamp() AS now
            RETURNING id, chat_id, timestamp
        ), latest AS (
            SELECT chat_id AS chat, id, timestamp AS at, 0 AS unread, now() AS sent_at FROM m
            WHERE %(shown)s
        ), {TOUCH}, new_events AS (
            SELECT 1 AS number, %(type)s::text AS type, jsonb_build_object('id', id, 'chatId', chat_id) AS data
            FROM m
        ), {APPEND_EVENTS_OF_COMMAND}, {QUEUED}
        """,  # noqa: S608
        {
            **command,
            **values,
            "shown": values["message_type"] in SHOWN,
            "type": EventType.MESSAGE_QUEUED,
            "correlation": correlation.current(),
        },
    )


def _columns(draft: Draft, command_id: UUID, session: Session, chat: Chat) -> dict[str, Any]:
    return {
        "id": draft.id,
        "session_id": session.id,
        "chat_id": chat.id,
        "remote_jid": chat.remote_jid,
        "from_me": True,
        "status": MessageStatus.QUEUED,
        "origin": draft.origin,
        "automated": draft.automated,
        "sender_lid": session.lid,
        "sender_phone": session.phone_number,
        "command_id": command_id,
        "idempotency_key": draft.idempotency_key,
        "fingerprint": draft.fingerprint,
        "turn_id": draft.turn_id,
        "turn_part": draft.turn_part,
        **_file_columns(draft.content, session),
        **outbound.columns(draft.outbound),
    }


def _file_columns(content: Content, session: Session) -> dict[str, Any]:
    return {"media_url": media_path(session.id, content.media_id)} if isinstance(content, File) else {}


def kind_of(sent: Outbound) -> CommandKind:
    """Return the kind of the command that sends it: one of the release before sends the content of any text."""
    return CommandKind.SEND_TEXT if sent.is_plain else CommandKind.SEND_MESSAGE
