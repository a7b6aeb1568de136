"""What belongs to messages and is in other rows: what they quote or are about, and the reactions to them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from functions.api.schemas.related import Related
from gateway.store import messages, reactions
from gateway.store.database import Connection
from gateway.store.messages import Message


def related_to(connection: Connection, found: Collection[Message]) -> Related:
    """Return what belongs to these messages."""
    if not found:
        return Related()
    return Related(_ids(connection, found), reactions.to_messages(connection, found))


def _ids(connection: Connection, found: Collection[Message]) -> dict[tuple[UUID, str], UUID]:
    """Return our ids of what the messages quote or are about: WhatsApp names it by its ids, callers read it by ours."""
    named = {(message.session_id, name) for message in found for name in (message.quoted_id, message.target_id) if name}
    return messages.ids_of_whatsapp_ids(connection, named)
