"""Messages that WhatsApp delivered and that were never stored."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.events import EventType
from gateway.store.fence import Fence


@dataclass(frozen=True, slots=True)
class DeliveredMessage:
    """A message that whatsmeow's store says was delivered to us; JIDs without device."""

    message_id: str
    chat_jid: str
    sender_jid: str


def report_lost(fence: Fence, delivered: list[DeliveredMessage]) -> int:
    """Append a `message.lost` event for each of these that was neither stored nor set aside. Return how many."""
    ids = [message.message_id for message in delivered]
    known = fence.connection.execute(
        """
        SELECT message_id FROM gateway.whatsapp_explorer_messages
        WHERE session_id = %(session)s AND message_id = ANY(%(ids)s)
        UNION ALL SELECT data ->> 'changeId' FROM gateway.events
        WHERE session_id = %(session)s AND type IN ('message.edited', 'message.deleted')
          AND data ->> 'changeId' = ANY(%(ids)s)
        UNION ALL SELECT message_id FROM gateway.overtaken_changes
        WHERE session_id = %(session)s AND message_id = ANY(%(ids)s)
        UNION ALL SELECT data ->> 'messageId' FROM gateway.events
        WHERE session_id = %(session)s AND type = 'message.unprocessed' AND data ->> 'messageId' = ANY(%(ids)s)
        """,
        {"session": fence.session_id, "ids": ids},
    ).fetchall()
    lost = [message for message in delivered if message.message_id not in {row["message_id"] for row in known}]
    for message in lost:
        data = {"messageId": message.message_id, "chat": message.chat_jid, "sender": message.sender_jid}
        fence.emit(EventType.MESSAGE_LOST, data)
    return len(lost)
