"""Sends of which nothing has to be decided: begun by one statement, and ended by one (gateway.store.fence.at_once).

Their recipient's address is known, and they have no file. All others go by gateway.store.outgoing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from gateway import correlation
from gateway.domain.commands import SENDS, CommandStatus
from gateway.domain.events import EventType
from gateway.domain.kinds import SHOWN
from gateway.domain.messages import PRECEDING, MessageStatus
from gateway.domain.times import time_in_chat
from gateway.store import messages
from gateway.store.commands import DUE
from gateway.store.database import Connection
from gateway.store.outgoing import SETTLED_CHANNEL, settled_payload
from gateway.store.unread import RELIST

_BEGIN = f"""
    WITH due AS (
        SELECT id FROM {DUE} LIMIT 1
    ), begun AS (
        UPDATE gateway.commands c SET status = 'running', epoch = %(epoch)s, started_at = now(), attempts = attempts + 1
        FROM due, gateway.whatsapp_explorer_messages m JOIN gateway.chats h ON h.id = m.chat_id
        WHERE c.id = due.id AND c.kind = ANY(%(sends)s) AND c.device_jid = %(device)s
            AND c.status = 'queued' AND c.expires_at > now()
            AND m.id = (c.payload ->> 'messageId')::uuid AND m.status = ANY(%(preceding)s)
            AND m.media_id IS NULL AND m.message_type <> 'album' AND (h.lid IS NOT NULL OR h.phone_number IS NULL)
        RETURNING m.id
    ), moved AS (
        UPDATE gateway.whatsapp_explorer_messages m
        SET {messages.assignments(MessageStatus.SENDING, ["secret"], dated=False)}
        FROM begun WHERE m.id = begun.id RETURNING m.id, m.message_id, m.chat_id
    ), {messages.STATUS_EVENTS}
    SELECT FROM moved
"""  # noqa: S608

_END = f"""
    WITH moved AS (
        UPDATE gateway.whatsapp_explorer_messages m
        SET {messages.assignments(MessageStatus.SENT, ["message_id", "timestamp"], dated=True)}
        WHERE m.session_id = %(session)s AND m.id = %(id)s AND m.status = ANY(%(preceding)s)
            AND NOT EXISTS (SELECT FROM gateway.early_receipts r
                WHERE r.session_id = %(session)s AND r.message_id = %(message_id)s)
        RETURNING m.id, m.message_id, m.chat_id, m.timestamp, m.message_type
    ), ended AS (
        UPDATE gateway.commands SET status = %(done)s, error = NULL, error_detail = NULL, finished_at = now()
        WHERE id = %(command)s AND status IN ('queued', 'running') AND EXISTS (SELECT FROM moved)
    ), {RELIST}, {messages.STATUS_EVENTS}
    SELECT pg_notify(%(channel)s, %(payload)s) FROM moved
"""  # noqa: S608


def begin(connection: Connection, session_id: UUID, epoch: int, device_jid: str, secret: bytes) -> None:
    """Claim the next command and mark its message as being sent, where it is a plain send; its message has the secret.

    `secret` is that of outgoing.mark_sending(). Nothing is done where another command is next.
    """
    connection.execute(
        _BEGIN,
        {
            **_parameters(session_id, MessageStatus.SENDING),
            "sends": list(SENDS),
            "epoch": epoch,
            "device": device_jid,
            "secret": secret,
        },
    )


def end(
    connection: Connection, session_id: UUID, command_id: UUID, message_id: UUID, whatsapp_id: str, at: datetime
) -> Cursor[DictRow]:
    """Mark a message as sent, end its command and notify who waits, as outgoing.mark_sent(); a row says that it is so.

    There is none, and nothing is done, where receipts came before, which are to be applied.
    """
    return connection.execute(
        _END,
        {
            **_parameters(session_id, MessageStatus.SENT),
            "id": message_id,
            "message_id": whatsapp_id,
            "at": at,
            "timestamp": time_in_chat(at, datetime.now(UTC)),
            "command": command_id,
            "done": CommandStatus.DONE,
            "shown": list(SHOWN),
            "channel": SETTLED_CHANNEL,
            "payload": settled_payload(message_id, whatsapp_id),
        },
    )


def _parameters(session_id: UUID, status: MessageStatus) -> dict[str, object]:
    return {
        "session": session_id,
        "status": status,
        "preceding": list(PRECEDING[status]),
        "error": None,
        "detail": None,
        "type": EventType.MESSAGE_STATUS,
        "correlation": correlation.current(),
    }
