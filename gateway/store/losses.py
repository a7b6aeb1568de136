"""Messages that reached whatsmeow and are not among ours: they died with a process before they were stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

from gateway.domain.events import EventType
from gateway.store.fence import Fence

_STORED = """
    SELECT message_id FROM gateway.whatsapp_explorer_messages
    WHERE session_id = %(session)s AND message_id = ANY(%(ids)s)
    UNION ALL SELECT message_id FROM gateway.overtaken_changes
    WHERE session_id = %(session)s AND message_id = ANY(%(ids)s)
"""
# Each half has an index of its own (0039).
_LOGGED = """
    SELECT data ->> 'changeId' AS message_id FROM gateway.events
    WHERE session_id = %(session)s AND type IN ('message.edited', 'message.deleted')
        AND data ->> 'changeId' = ANY(%(ids)s)
    UNION ALL SELECT data ->> 'messageId' FROM gateway.events
    WHERE session_id = %(session)s AND type = 'message.unprocessed' AND data ->> 'messageId' = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class DeliveredMessage:
    """A message that whatsmeow's store says was delivered to us; JIDs without device."""

    message_id: str
    chat_jid: str
    sender_jid: str


def report(fence: Fence, delivered: list[DeliveredMessage]) -> int:
    """Append a `message.lost` event for each of these that was neither stored nor set aside. Return how many.

    The log of the session, which is long, is read only where a message is not found in rows.
    """
    missing = _unknown(fence, delivered, _STORED)
    lost = _unknown(fence, missing, _LOGGED)
    for message in lost:
        data = {"messageId": message.message_id, "chat": message.chat_jid, "sender": message.sender_jid}
        fence.emit(EventType.MESSAGE_LOST, data)
    return len(lost)


def _unknown(fence: Fence, delivered: list[DeliveredMessage], known: LiteralString) -> list[DeliveredMessage]:
    """Return those that are not in what is `known`; nothing is asked where there are none."""
    if not delivered:
        return []
    ids = [message.message_id for message in delivered]
    rows = fence.connection.execute(known, {"session": fence.session_id, "ids": ids}).fetchall()
    found = {row["message_id"] for row in rows}
    return [message for message in delivered if message.message_id not in found]
