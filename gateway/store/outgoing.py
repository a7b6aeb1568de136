"""Sends: a message is a row before WhatsApp is called, and after a crash the row says what is known of the send."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row

from gateway.domain.commands import ERROR_SENTENCES, CommandError
from gateway.domain.errors import Conflict, IdempotencyConflict, NotFound
from gateway.domain.kinds import WINDOWED
from gateway.domain.messages import MESSAGE_SECRET_BYTES, MessageStatus
from gateway.domain.outbound import File, Outbound
from gateway.domain.phone import Address
from gateway.domain.times import time_in_chat
from gateway.store import chats, commands, drafts, media_sends, messages, numbers
from gateway.store import pacing as pacings
from gateway.store.admission import Admission, require_account
from gateway.store.chats import Chat
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.drafts import Draft
from gateway.store.fence import Fence
from gateway.store.messages import Message
from gateway.store.numbers import Number
from gateway.store.outbound import outbound_of
from gateway.store.pacing import Pacing
from gateway.store.receipts import EarlyReceipts
from gateway.store.sessions import Session, require_can_send

# The channel on which who waits for a send is notified that it is settled: the id of its message, and WhatsApp's after
# a colon where it was sent.
SETTLED_CHANNEL = "gateway_sends"


@dataclass(frozen=True, slots=True)
class Send:
    """What is known of a send to those who wait for it: a part of the message's row."""

    id: UUID
    session_id: UUID
    message_id: str | None
    status: str
    error: str | None
    error_detail: str | None
    fingerprint: bytes | None = None


def read(connection: Connection, session_id: UUID, message_id: UUID) -> Send:
    """Return what became of a send. Raises NotFound."""
    found = _select(connection, "id = %(id)s", {"session": session_id, "id": message_id}).fetchone()
    if found is None:
        raise NotFound("message")
    return found


class SendQuery:
    """Asks for all that decides about a send, after the lock of its session and together with it."""

    def __init__(
        self, connection: Connection, session_id: UUID, to: Address | str, key: str | None, pacing: Pacing
    ) -> None:
        self.earlier = _ask_earlier(connection, session_id, key) if key else None
        self.admission = Admission(connection, session_id, to, pacing)


def queue(
    connection: Connection,
    session: Session,
    draft: Draft,
    pacing: Pacing,
    expires_seconds: float,
    asked: SendQuery | None = None,
) -> Send:
    """Store the message and its command, and return it; for a replay return the first one, whose id is another's.

    The caller holds the session's row lock; `asked` is what was asked with it. Raises IdempotencyConflict, and what
    Admission does.
    """
    asked = asked or SendQuery(connection, session.id, draft.to, draft.idempotency_key, pacing)
    if asked.earlier is not None and (replayed := _same(asked.earlier.fetchone(), draft.fingerprint)) is not None:
        return replayed
    chat = asked.admission.chat_of(session, draft)
    if chat is None:
        assert isinstance(draft.to, Address)  # noqa: S101 - a group that is not known is none to send to
        chat = chats.with_person(connection, session.id, draft.to)
    queue_in_chat(connection, session, chat, draft, expires_seconds)
    return Send(draft.id, session.id, None, MessageStatus.QUEUED, None, None)


def replay(connection: Connection, session_id: UUID, key: str | None, fingerprint: bytes | None) -> Send | None:
    """Return the message that an earlier request with this idempotency key made. Raises IdempotencyConflict."""
    return _same(_ask_earlier(connection, session_id, key).fetchone(), fingerprint)


def queue_in_chat(connection: Connection, session: Session, chat: Chat, draft: Draft, expires_seconds: float) -> None:
    """Store a message for a chat and its command, and its parts likewise, without pacing; `draft.to` is not used.

    The caller holds the session's row lock.
    """
    together = [draft, *draft.parts]
    waits = [_waits(connection, session, each.outbound, expires_seconds) for each in together]
    for each in together:
        command = commands.queued(
            session,
            drafts.kind_of(each.outbound),
            {"messageId": str(each.id)},
            expires=expires_seconds,
            request=draft.correlation_id,
            held=any(waits),
        )
        drafts.insert(connection, session, chat, each, command)


def _waits(connection: Connection, session: Session, sent: Outbound, expires_seconds: float) -> bool:
    """Return whether a message has to wait for its file, which is then on its way, or is to be made ready first."""
    content = sent.content
    return isinstance(content, File) and media_sends.waits(connection, session, content.media_id, expires_seconds)


def _select(connection: Connection, where: LiteralString, parameters: dict[str, Any]) -> Cursor[Send]:
    return connection.cursor(row_factory=class_row(Send)).execute(
        f"SELECT {columns_of(Send)} FROM gateway.whatsapp_explorer_messages"  # noqa: S608
        f" WHERE session_id = %(session)s AND {where}",
        parameters,
    )


def _ask_earlier(connection: Connection, session_id: UUID, key: str | None) -> Cursor[Send]:
    return _select(connection, "idempotency_key = %(key)s", {"session": session_id, "key": key})


def _same(earlier: Send | None, fingerprint: bytes | None) -> Send | None:
    """Return the message of an earlier request, if there was one. Raises IdempotencyConflict where that was another."""
    if earlier is not None and earlier.fingerprint != fingerprint:
        raise IdempotencyConflict
    return earlier


def resend(
    connection: Connection,
    session: Session,
    message_id: UUID,
    pacing: Pacing,
    expires_seconds: float,
    correlation_id: str | None = None,
    *,
    force: bool = False,
) -> Send:
    """Queue a failed message again, with `force` one that may have been sent; the caller holds the session's row lock.

    Raises NotFound, SessionCannotSend, NotOnWhatsApp, Conflict for every other message, RateLimited.
    """
    message = messages.get(connection, session.id, message_id)
    require_can_send(session)
    if message.chat_lid is None and message.chat_phone is not None:
        require_account(numbers.look_up(connection, message.chat_phone))
    if message.message_type in WINDOWED:
        raise Conflict("not_resendable", "It had to be in time: make the change again.")
    if message.status == MessageStatus.UNKNOWN and not force:
        raise Conflict("outcome_unknown", "It may have been sent. With `force` it is sent anyway, perhaps twice.")
    if message.status not in (MessageStatus.FAILED, MessageStatus.UNKNOWN):
        raise Conflict("not_failed", f"Only a failed message can be sent again; this one is {message.status}.")
    chat, waits = chats.get(connection, session.id, message.chat_id), pacings.ask(connection, session.id, pacing)
    pacings.require(waits.fetchall()[0], pacing, chat)
    sent = outbound_of(message)
    command_id = commands.enqueue(
        connection,
        session,
        drafts.kind_of(sent),
        {"messageId": str(message_id)},
        expires_seconds=expires_seconds,
        correlation_id=correlation_id,
        held=_waits(connection, session, sent, expires_seconds),
    )
    messages.reset_send(connection, message_id, command_id)
    messages.advance(connection, session.id, [message_id], MessageStatus.QUEUED)
    return read(connection, session.id, message_id)


def address(fence: Fence, message: Message, number: Number) -> Message:
    """Put a message into the chat of whom WhatsApp named for its recipient's number. Return it as it is then."""
    if number.address == message.recipient:
        return message
    chats.with_person(fence.connection, fence.session_id, number.address, asked=message.chat_phone)
    return messages.get(fence.connection, fence.session_id, message.id)


def new_secret() -> bytes:
    """Return the 32 bytes by which whatsmeow's store will know a send.

    They are the message secret, which whatsmeow stores with the message's id before it writes to the socket.
    """
    return secrets.token_bytes(MESSAGE_SECRET_BYTES)


def mark_sending(fence: Fence, message_id: UUID) -> bytes:
    """Mark a message as being sent. Return its new secret."""
    secret = new_secret()
    messages.advance(fence.connection, fence.session_id, [message_id], MessageStatus.SENDING, also={"secret": secret})
    return secret


def mark_sent(
    fence: Fence,
    message_id: UUID,
    whatsapp_id: str | None,
    to: Address | None,
    at: datetime,
    early: EarlyReceipts | None = None,
) -> None:
    """Mark a message that is `sending` or `unknown` as sent, and apply the receipts that came before.

    `to` is the person it went to, where the send told of an address; None where it told nothing new. `at` is WhatsApp's
    time of it, and the message's from now on; `early` are the receipts, where they were asked for already. A change of
    a group has no id at WhatsApp.
    """
    identity = _identity(fence, whatsapp_id, to) if whatsapp_id else {}
    also = identity | {"timestamp": time_in_chat(at, fence.session.as_of)}
    messages.advance(fence.connection, fence.session_id, [message_id], MessageStatus.SENT, at=at, also=also)
    if whatsapp_id:
        early = early or EarlyReceipts(fence.connection, fence.session_id, whatsapp_id)
        early.apply(fence, message_id)
    notify_settled(fence.connection, message_id, whatsapp_id)


def notify_settled(connection: Connection, message_id: UUID, whatsapp_id: str | None = None) -> None:
    """Notify who waits for the send, where it listens, at commit; with `whatsapp_id` it was sent."""
    connection.execute("SELECT pg_notify(%s, %s)", [SETTLED_CHANNEL, settled_payload(message_id, whatsapp_id)])


def settled_payload(message_id: UUID, whatsapp_id: str | None) -> str:
    """Return what who waits for the send is notified of."""
    return f"{message_id}:{whatsapp_id}" if whatsapp_id else str(message_id)


def _identity(fence: Fence, whatsapp_id: str, to: Address | None) -> dict[str, Any]:
    """Return the columns that name a message that was, or may have been, sent: its WhatsApp id, and a learned chat."""
    if to is None:
        return {"message_id": whatsapp_id}
    chat = chats.with_person(fence.connection, fence.session_id, to)
    return {"message_id": whatsapp_id, "remote_jid": chat.remote_jid, "chat_id": chat.id}


def requeue(fence: Fence, message_id: UUID) -> None:
    """Queue a message again whose send provably did not happen."""
    messages.advance(fence.connection, fence.session_id, [message_id], MessageStatus.QUEUED)


def mark_unknown(fence: Fence, message_id: UUID, whatsapp_id: str | None, to: Address | None) -> None:
    """Mark a message whose outcome a crash hid; only a receipt for `whatsapp_id` makes it sent."""
    identity = _identity(fence, whatsapp_id, to) if whatsapp_id else None
    messages.advance(
        fence.connection,
        fence.session_id,
        [message_id],
        MessageStatus.UNKNOWN,
        error=CommandError.UNCONFIRMED,
        detail=ERROR_SENTENCES[CommandError.UNCONFIRMED],
        also=identity,
    )
    if whatsapp_id:
        EarlyReceipts(fence.connection, fence.session_id, whatsapp_id).apply(fence, message_id)
    notify_settled(fence.connection, message_id)


def mark_failed(fence: Fence, message_id: UUID, error: CommandError, detail: str | None = None) -> None:
    """Mark a message that will not be sent; `detail` says why to people, the error's own sentence by default."""
    messages.advance(
        fence.connection,
        fence.session_id,
        [message_id],
        MessageStatus.FAILED,
        error=error,
        detail=detail or ERROR_SENTENCES[error],
    )
    notify_settled(fence.connection, message_id)
