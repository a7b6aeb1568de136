"""Reading a message again that was stored when nobody understood its kind."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from gateway.domain.events import EventType
from gateway.domain.media import without_previews
from gateway.domain.messages import UNKNOWN, is_unknown
from gateway.store import message_files, unread
from gateway.store.fence import Fence
from gateway.store.incoming import Incoming, chat_of
from gateway.store.message_files import MessageFiles

_FILL_IN = """
    UPDATE gateway.whatsapp_explorer_messages SET message_type = %(type)s, content = %(content)s, media = %(media)s,
        location = %(location)s, details = %(details)s, quote = %(quote)s, quoted_id = %(quoted)s,
        forwarding_score = %(forwarding_score)s, mentions = %(mentions)s,
        target_id = %(target)s, media_id = %(media_id)s, motion_id = %(motion_id)s, media_url = %(media_url)s
    WHERE session_id = %(session)s AND chat_id = %(chat)s AND message_id = %(id)s AND from_me = %(from_me)s
        AND split_part(message_type, ':', 1) = %(unknown)s AND edited_at IS NULL AND deleted_at IS NULL
    RETURNING id, chat_id
"""


def fill_in(fence: Fence, incoming: Incoming) -> bool:
    """Fill in the message of an unknown kind that this one is; False where none is stored, or it is still unknown.

    What was edited or deleted meanwhile stays as it is.
    """
    if is_unknown(incoming.message_type):
        return False
    files = message_files.files_of(incoming.media)
    row = fence.connection.execute(_FILL_IN, _columns(fence, incoming, files)).fetchone()
    if row is None:
        return False
    message_files.expect(fence.connection, fence.session_id, files.objects)
    fence.media.extend(files.to_fetch)
    unread.refresh(fence.connection, row["chat_id"])
    data = {"id": str(row["id"]), "messageId": incoming.message_id, "chatId": str(row["chat_id"])}
    fence.emit(EventType.MESSAGE_RECEIVED, {**data, "fromMe": incoming.from_me, "messageType": incoming.message_type})
    return True


def _columns(fence: Fence, incoming: Incoming, files: MessageFiles) -> dict[str, object]:
    documents = {name: getattr(incoming, name) for name in ("location", "details", "quote", "mentions")}
    documents["media"] = without_previews(incoming.media)
    return {
        "session": fence.session_id,
        "chat": chat_of(fence, incoming).id,
        "id": incoming.message_id,
        "from_me": incoming.from_me,
        "type": incoming.message_type,
        "content": incoming.content,
        "quoted": incoming.quoted_id,
        "forwarding_score": incoming.forwarding_score,
        "target": incoming.target_id,
        "unknown": UNKNOWN,
        **files.columns(fence.session_id),
        **{name: Jsonb(value) if value else None for name, value in documents.items()},
    }
