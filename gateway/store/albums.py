"""Albums: a message that says how many pictures follow, and the messages that name it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from gateway.domain.content import Album
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.messages import Message


def parts(connection: Connection, found: Collection[Message]) -> dict[tuple[UUID, str], list[UUID]]:
    """Return our ids of the pictures and films of the albums among these messages, by chat and WhatsApp's id.

    They are in their order. Asks nothing where there is no album.
    """
    albums = [message for message in found if message.message_type == "album" and message.message_id]
    if not albums:
        return {}
    rows = connection.execute(
        """
        SELECT chat_id, target_id, id FROM gateway.whatsapp_explorer_messages
        WHERE message_type IN ('image', 'video') AND target_id IS NOT NULL AND deleted_at IS NULL
            AND chat_id = ANY(%s) AND target_id = ANY(%s) ORDER BY timestamp, id
        """,
        [[album.chat_id for album in albums], [album.message_id for album in albums]],
    ).fetchall()
    found_parts: defaultdict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for row in rows:
        found_parts[row["chat_id"], row["target_id"]].append(row["id"])
    return dict(found_parts)


def name_to_parts(fence: Fence, album: Album, message_id: str) -> None:
    """Let the parts of an album of ours name it by WhatsApp's id, once WhatsApp has it."""
    fence.connection.execute(
        "UPDATE gateway.whatsapp_explorer_messages SET target_id = %s WHERE session_id = %s AND id = ANY(%s)",
        [message_id, fence.session_id, [UUID(part) for part in album.parts]],
    )


def is_awaited(fence: Fence, message: Message) -> bool:
    """Return whether an album of ours has a part that is still to be sent."""
    row = fence.connection.execute(
        "SELECT FROM gateway.whatsapp_explorer_messages WHERE session_id = %s AND id = ANY(%s) AND status = 'queued'",
        [fence.session_id, [UUID(part) for part in (message.details or {}).get("parts", ())]],
    ).fetchone()
    return row is not None
