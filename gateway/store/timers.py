"""After how long messages of a chat disappear, as WhatsApp said it last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.fence import Fence


def learn(fence: Fence, said: Iterable[tuple[Chat, int, datetime]]) -> None:
    """Take in what messages said of their chats, in seconds, and when; what is known already costs nothing."""
    news = {chat.id: (seconds, at) for chat, seconds, at in said if chat.disappearing_seconds != seconds}
    for chat_id, (seconds, at) in news.items():
        set_timer(fence.connection, chat_id, seconds, at)


def set_timer(connection: Connection, chat_id: UUID, seconds: int, at: datetime) -> None:
    """Set the seconds, 0 for never, unless something newer was said."""
    connection.execute(
        "UPDATE gateway.chats SET disappearing_seconds = %(seconds)s, disappearing_set_at = %(at)s"
        " WHERE id = %(id)s AND (disappearing_set_at IS NULL OR disappearing_set_at <= %(at)s)",
        {"id": chat_id, "seconds": seconds, "at": at},
    )
