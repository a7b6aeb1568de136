"""Sends: a message is a row before WhatsApp is called, and after a crash the row says what is known of the send."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.commands import ERROR_SENTENCES, CommandError, CommandKind
from gateway.domain.errors import Conflict, IdempotencyConflict, NotFound, NotOnWhatsApp, RateLimited
from gateway.domain.messages import MESSAGE_SECRET_BYTES, MessageStatus, Origin
from gateway.domain.phone import Address
from gateway.store import chats, commands, messages, numbers, receipts
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.ids import new_id
from gateway.store.messages import Message
from gateway.store.numbers import Number
from gateway.store.sessions import Session, require_can_send


@dataclass(frozen=True, slots=True)
class Pacing:
    """How much a session may send, so that WhatsApp does not ban its number."""

    per_minute: int
    per_hour: int
    new_chats_per_day: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to send, to a person or to the group of this JID; `id` becomes the message's.

    `fingerprint` identifies the request behind an idempotency key; `automated` is through the API, but by no person.
    """

    to: Address | str
    text: str
    id: UUID = field(default_factory=new_id)
    origin: Origin = Origin.API
    automated: bool = False
    idempotency_key: str | None = None
    fingerprint: bytes | None = None
    correlation_id: str | None = None
    turn_id: UUID | None = None
    turn_part: int | None = None


def queue(connection: Connection, session: Session, draft: Draft, pacing: Pacing, expires_seconds: float) -> Message:
    """Store the message and its command, and return it; for a replay return the first one, whose id is another's.

    The caller holds the session's row lock. Raises IdempotencyConflict, SessionCannotSend, NotOnWhatsApp, RateLimited,
    and NotFound for a group that is not known.
    """
    if (earlier := _replayed(connection, session.id, draft)) is not None:
        return earlier
    require_can_send(session)
    chat = _chat_of(connection, session.id, draft.to)
    pace(connection, session.id, chat, pacing)
    return queue_in_chat(connection, session, chat, draft, expires_seconds)


def _chat_of(connection: Connection, session_id: UUID, to: Address | str) -> Chat:
    """Return the chat with a recipient, known by any spelling of the number, or a new one; a group's is known.

    Raises NotOnWhatsApp, NotFound for a group.
    """
    try:
        chat = chats.find(connection, session_id, to)
    except NotFound:
        if isinstance(to, str):
            raise
        _require_account(connection, to.phone_number)
        return chats.with_person(connection, session_id, to)
    if chat.lid is None:
        _require_account(connection, chat.phone_number)
    return chat


def queue_in_chat(
    connection: Connection, session: Session, chat: Chat, draft: Draft, expires_seconds: float
) -> Message:
    """Store a text for a chat and its command, without pacing; `draft.to` is not used.

    The caller holds the session's row lock.
    """
    command_id = commands.enqueue(
        connection,
        session,
        CommandKind.SEND_TEXT,
        {"messageId": str(draft.id)},
        expires_seconds=expires_seconds,
        correlation_id=draft.correlation_id,
    )
    return messages.insert_queued(connection, _values(command_id, session, chat, draft))


def _replayed(connection: Connection, session_id: UUID, draft: Draft) -> Message | None:
    """Return the message that an earlier request with the idempotency key made. Raises IdempotencyConflict."""
    if draft.idempotency_key is None:
        return None
    found = messages.select(
        connection,
        "m.session_id = %(session)s AND m.idempotency_key = %(key)s",
        {"session": session_id, "key": draft.idempotency_key},
    )
    if found and found[0].fingerprint != draft.fingerprint:
        raise IdempotencyConflict
    return found[0] if found else None


def resend(
    connection: Connection,
    session: Session,
    message_id: UUID,
    pacing: Pacing,
    expires_seconds: float,
    correlation_id: str | None = None,
) -> Message:
    """Queue a failed message again; the caller holds the session's row lock.

    Raises NotFound, SessionCannotSend, NotOnWhatsApp, Conflict unless it failed, RateLimited.
    """
    message = messages.get(connection, session.id, message_id)
    require_can_send(session)
    if message.chat_lid is None:
        _require_account(connection, message.chat_phone)
    if message.status != MessageStatus.FAILED:
        raise Conflict("not_failed", f"Only a failed message can be sent again; this one is {message.status}.")
    pace(connection, session.id, chats.get(connection, session.id, message.chat_id), pacing)
    command_id = commands.enqueue(
        connection,
        session,
        CommandKind.SEND_TEXT,
        {"messageId": str(message_id)},
        expires_seconds=expires_seconds,
        correlation_id=correlation_id,
    )
    messages.reset_send(connection, message_id, command_id)
    messages.advance(connection, session.id, [message_id], MessageStatus.QUEUED)
    return messages.get(connection, session.id, message_id)


def address(fence: Fence, message: Message, number: Number) -> Message:
    """Put a message into the chat of whom WhatsApp named for its recipient's number. Return it as it is then."""
    if number.address == message.recipient:
        return message
    chats.with_person(fence.connection, fence.session_id, number.address, asked=message.chat_phone)
    return messages.get(fence.connection, fence.session_id, message.id)


def mark_sending(fence: Fence, message_id: UUID) -> bytes:
    """Mark a message as being sent. Return the 32 bytes by which whatsmeow's store will know the send.

    They are the message secret, which whatsmeow stores with the message's id before it writes to the socket.
    """
    secret = secrets.token_bytes(MESSAGE_SECRET_BYTES)
    messages.advance(fence.connection, fence.session_id, [message_id], MessageStatus.SENDING, also={"secret": secret})
    return secret


def mark_sent(fence: Fence, message_id: UUID, whatsapp_id: str, to: Address | None, at: datetime) -> None:
    """Mark a message that is `sending` or `unknown` as sent, and apply the receipts that came before.

    `to` is the person it went to, where the send told of an address; None where it told nothing new. `at` is WhatsApp's
    time of it.
    """
    identity = _identity(fence, whatsapp_id, to)
    messages.advance(fence.connection, fence.session_id, [message_id], MessageStatus.SENT, at=at, also=identity)
    receipts.apply_early(fence, message_id, whatsapp_id)


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
        receipts.apply_early(fence, message_id, whatsapp_id)


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


def _require_account(connection: Connection, phone_number: str | None) -> None:
    known = numbers.look_up(connection, phone_number) if phone_number else None
    if known is not None and not known.registered:
        raise NotOnWhatsApp


def _values(command_id: UUID, session: Session, chat: Chat, draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "session_id": session.id,
        "chat_id": chat.id,
        "remote_jid": chat.remote_jid,
        "from_me": True,
        "message_type": "text",
        "content": draft.text,
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
    }


def pace(connection: Connection, session_id: UUID, chat: Chat, pacing: Pacing) -> None:
    """Raise RateLimited where another send would exceed the pacing, by sliding windows over the rows themselves.

    Exact where the caller holds the session's row lock.
    """
    _pace_window(connection, session_id, pacing.per_minute, timedelta(minutes=1), "messages a minute")
    _pace_window(connection, session_id, pacing.per_hour, timedelta(hours=1), "messages an hour")
    if chat.first_sent_at is None and chat.last_message_at is None:
        row = connection.execute(
            """
            SELECT extract(epoch FROM first_sent_at + interval '1 day' - clock_timestamp()) AS wait
            FROM gateway.chats WHERE session_id = %s AND first_sent_at > clock_timestamp() - interval '1 day'
            ORDER BY first_sent_at DESC OFFSET %s LIMIT 1
            """,
            [session_id, pacing.new_chats_per_day - 1],
        ).fetchone()
        if row is not None:
            _raise_limited(f"{pacing.new_chats_per_day} new chats a day", float(row["wait"]))


def _pace_window(connection: Connection, session_id: UUID, limit: int, window: timedelta, name: str) -> None:
    row = connection.execute(
        """
        SELECT extract(epoch FROM queued_at + %(window)s - clock_timestamp()) AS wait
        FROM gateway.whatsapp_explorer_messages
        WHERE session_id = %(session)s AND queued_at > clock_timestamp() - %(window)s
        ORDER BY queued_at DESC OFFSET %(skip)s LIMIT 1
        """,
        {"session": session_id, "window": window, "skip": limit - 1},
    ).fetchone()
    if row is not None:
        _raise_limited(f"{limit} {name}", float(row["wait"]))


def _raise_limited(limit: str, wait_seconds: float) -> None:
    raise RateLimited("session", f"This session may send {limit}; more would risk a ban of the number.", wait_seconds)
