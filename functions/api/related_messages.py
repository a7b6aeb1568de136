"""The messages that others quote or are about: WhatsApp names them by its ids, and callers read them by ours."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from gateway.store import messages
from gateway.store.database import Connection
from gateway.store.messages import Message


def related_ids(connection: Connection, found: Collection[Message]) -> dict[tuple[UUID, str], UUID]:
    """Return our ids of what these messages of one session quote or are about, by chat and WhatsApp's id."""
    named = {name for message in found for name in (message.quoted_id, message.target_id) if name}
    session_id = next((message.session_id for message in found), None)
    return messages.ids_of_whatsapp_ids(connection, session_id, named) if session_id and named else {}
