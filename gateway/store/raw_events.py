"""The events that messages were made of, kept for a while so that a later release can read them again.

The statement that stores messages keeps their events (gateway.store.incoming); an operator puts those that were not
understood back into the inbox, and the owner of the session reads them as it reads new ones.
"""

from __future__ import annotations

from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.domain.events import EventType
from gateway.domain.messages import UNKNOWN, is_unknown
from gateway.store import chats
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.incoming import Incoming, chat_of

# The kind of event that becomes a message.
KIND = "Message"
_UNKNOWN = "(m.message_type = %(unknown)s OR m.message_type LIKE %(unknown)s || ':%%')"


def put_back(connection: Connection) -> int:
    """Put the events of messages of unknown kinds into the inboxes of their sessions. Return how many.

    Those that wait there already are left out. Messages that stay unknown are put back by every call.
    """
    return connection.execute(
        f"""
        INSERT INTO gateway.inbox (session_id, kind, payload)
        SELECT r.session_id, %(kind)s, r.payload
        FROM gateway.raw_events r JOIN gateway.whatsapp_explorer_messages m ON m.id = r.message_id
        WHERE {_UNKNOWN} AND m.deleted_at IS NULL AND NOT EXISTS (
            SELECT FROM gateway.inbox i
            WHERE i.session_id = r.session_id AND i.error IS NULL AND i.payload = r.payload)
        ORDER BY r.message_id
        """,  # noqa: S608
        {"kind": KIND, "unknown": UNKNOWN},
    ).rowcount


def reread(fence: Fence, incoming: Incoming) -> UUID | None:
    """Fill in a message of an unknown kind that is understood now. Return its id; None where nothing changed.

    What was edited or deleted meanwhile stays as it is.
    """
    if is_unknown(incoming.message_type):
        return None
    row = fence.connection.execute(
        f"""
        UPDATE gateway.whatsapp_explorer_messages m SET message_type = %(type)s, content = %(content)s,
            media = %(media)s, location = %(location)s, details = %(details)s, quote = %(quote)s,
            quoted_id = %(quoted)s, target_id = %(target)s
        WHERE m.session_id = %(session)s AND m.chat_id = %(chat)s AND m.message_id = %(id)s
            AND m.from_me = %(from_me)s AND {_UNKNOWN} AND m.edited_at IS NULL AND m.deleted_at IS NULL
        RETURNING m.id, m.chat_id
        """,  # noqa: S608
        {**_columns(fence, incoming), "unknown": UNKNOWN},
    ).fetchone()
    if row is None:
        return None
    chats.recount_unread(fence.connection, row["chat_id"])
    data = {"id": str(row["id"]), "messageId": incoming.message_id, "chatId": str(row["chat_id"])}
    fence.emit(EventType.MESSAGE_RECEIVED, {**data, "fromMe": incoming.from_me, "messageType": incoming.message_type})
    return UUID(str(row["id"]))


def _columns(fence: Fence, incoming: Incoming) -> dict[str, object]:
    documents = {name: getattr(incoming, name) for name in ("media", "location", "details", "quote")}
    return {
        "session": fence.session_id,
        "chat": chat_of(fence, incoming).id,
        "id": incoming.message_id,
        "from_me": incoming.from_me,
        "type": incoming.message_type,
        "content": incoming.content,
        "quoted": incoming.quoted_id,
        "target": incoming.target_id,
        **{name: Jsonb(value) if value else None for name, value in documents.items()},
    }
