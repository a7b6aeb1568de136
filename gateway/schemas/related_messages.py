"""The messages that others quote or are about: WhatsApp names them by its ids, and callers read them by ours."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from gateway.store import messages
from gateway.store.database import Connection
from gateway.store.messages import Message


def related_ids(connection: Connection, found: Collection[Message]) -> dict[tuple[UUID, str], UUID]:
    """Return our ids of what these messages quote or are about, by chat and WhatsApp's id."""
    named = {(message.session_id, name) for message in found for name in (message.quoted_id, message.target_id) if name}
    return messages.ids_of_whatsapp_ids(connection, named)
