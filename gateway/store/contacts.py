"""Contacts, which are the chats with people: the phone's address book, and who is blocked.

Names are written with the addresses (gateway.store.chats); here is what comes of many at once. Pictures, which groups
have too, are in gateway.store.pictures.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.domain.contacts import Names
from gateway.domain.events import EventType
from gateway.domain.operations import ReadContacts
from gateway.domain.phone import Address
from gateway.store import chats, operations
from gateway.store.chats import Chat
from gateway.store.fence import Fence
from gateway.store.ids import new_id

# More than so many new names are told of by one event: an address book that comes is no news of each who is in it.
MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody in the phone's address book."""

    address: Address
    names: Names


def take_in(fence: Fence, book: Sequence[Entry]) -> None:
    """Store what the people in the address book are called; who is new there is a contact without messages."""
    known = _by_address(chats.with_addresses(fence.connection, fence.session_id, [entry.address for entry in book]))
    renamed: list[Chat] = []
    new: list[Entry] = []
    for entry in book:
        chat = known.get(entry.address.lid) or known.get(entry.address.phone_number)
        if chat is None:
            new.append(entry)
            continue
        updated = _updated(fence, chat, entry)
        known |= _by_address([updated])
        if updated.name != chat.name:
            renamed.append(updated)
    _tell(fence, [*renamed, *_insert(fence, new)])


def _by_address(found: Sequence[Chat]) -> dict[str | None, Chat]:
    return {name: chat for chat in found for name in (chat.phone_number, chat.lid) if name}


def _updated(fence: Fence, chat: Chat, entry: Entry) -> Chat:
    """Bring names and addresses up to date."""
    address = entry.address
    if address.lid not in (None, chat.lid) or address.phone_number not in (None, chat.phone_number):
        chat = chats.with_person(fence.connection, fence.session_id, address)
    return chats.rename(fence.connection, chat, entry.names)


def _tell(fence: Fence, renamed: Sequence[Chat]) -> None:
    if len(renamed) > MOST_TOLD:
        fence.emit(EventType.CONTACTS_IMPORTED, {"count": len(renamed)})
        return
    for chat in renamed:
        chats.tell_name(fence.connection, chat)


def _insert(fence: Fence, new: Sequence[Entry]) -> list[Chat]:
    """Make the chats of people that have none; they are listed once they have messages."""
    if not new:
        return []
    rows = [
        {
            "id": str(new_id()),
            "lid": entry.address.lid,
            "phone_number": entry.address.phone_number,
            "name": entry.names.best,
            "saved_name": entry.names.saved,
            "business_name": entry.names.business,
            "push_name": entry.names.push,
        }
        for entry in new
    ]
    fence.connection.execute(
        """
        INSERT INTO gateway.chats (id, session_id, kind, lid, phone_number, name, saved_name, business_name, push_name)
        SELECT id, %s, 'user', lid, phone_number, name, saved_name, business_name, push_name
        FROM jsonb_to_recordset(%s) AS rows (id uuid, lid text, phone_number text, name text, saved_name text,
            business_name text, push_name text)
        ON CONFLICT DO NOTHING
        """,
        [fence.session_id, Jsonb(rows)],
    )
    return chats.with_addresses(fence.connection, fence.session_id, [entry.address for entry in new])


def record_lists(fence: Fence, blocked: Collection[Address]) -> None:
    """Record who is blocked, nobody else, and that address book and block list of this device were read just now."""
    lids, numbers = [each.lid for each in blocked], [each.phone_number for each in blocked]
    fence.connection.execute(
        """
        UPDATE gateway.chats SET blocked = NOT blocked WHERE session_id = %(session)s AND kind = 'user'
            AND blocked <> coalesce(lid = ANY(%(lids)s) OR phone_number = ANY(%(numbers)s), false)
        """,
        {"session": fence.session_id, "lids": lids, "numbers": numbers},
    )
    fence.connection.execute(
        "INSERT INTO gateway.contact_lists (session_id, device_jid, read_at) VALUES (%s, %s, clock_timestamp())"
        " ON CONFLICT (session_id) DO UPDATE SET device_jid = EXCLUDED.device_jid, read_at = EXCLUDED.read_at",
        [fence.session_id, fence.session.device_jid],
    )


def request_lists(fence: Fence, *, have_changed: bool) -> None:
    """Have address book and block list read; where nobody says that they have changed only if that was a day ago."""
    if have_changed or not _were_read(fence):
        operations.queue(fence, ReadContacts())


def _were_read(fence: Fence) -> bool:
    row = fence.connection.execute(
        "SELECT 1 FROM gateway.contact_lists WHERE session_id = %s AND device_jid = %s"
        " AND read_at > now() - interval '1 day'",
        [fence.session_id, fence.session.device_jid],
    ).fetchone()
    return row is not None


def set_blocked(fence: Fence, chat_id: UUID, *, blocked: bool) -> None:
    """Record that somebody is blocked, or not any more."""
    fence.connection.execute("UPDATE gateway.chats SET blocked = %s WHERE id = %s", [blocked, chat_id])
