"""Chats: one row whichever address a message came by, merged when a LID and a phone number turn out to be one.

This module alone makes, merges and names chats. Statements that insert messages update their chats in the same round
trip, by this module's CTE `TOUCH`; single columns have writers of their own, such as what is read and shown last
(gateway.store.unread). Merging two chats writes their messages (gateway.store.merging) and turns too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row

from gateway.domain.contacts import Names
from gateway.domain.errors import NotFound
from gateway.domain.events import EventType
from gateway.domain.phone import Address, phone_jid, spellings
from gateway.store import merged_chats, merging
from gateway.store.assistant import merged_turns
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.events import emit
from gateway.store.ids import new_id
from gateway.store.searching import IS_SOUGHT, sought
from gateway.store.shown_pictures import FILE

# The kinds of chats that people expect among their messages: status posts, channels and lists are none.
INBOX: Final = ("user", "group", "other")

# A CTE for statements that add messages to chats. It needs a CTE `latest` with one row a chat: its id `chat`, the id
# and time of the newest message (`id`, `at`), how many came in (`unread`), and when we sent one or NULL (`sent_at`).
TOUCH = """
    touched AS (
        UPDATE gateway.chats SET
            last_message_id = CASE WHEN (latest.at, latest.id) < (last_message_at, last_message_id)
                THEN last_message_id ELSE latest.id END, last_message_at = greatest(last_message_at, latest.at),
            unread_count = unread_count + latest.unread, first_sent_at = coalesce(first_sent_at, latest.sent_at)
        FROM latest WHERE chats.id = latest.chat
    )
"""


@dataclass(frozen=True, slots=True)
class Chat:
    """`jid` is set for groups and lists; a person has `lid`, `phone_number` and names of three kinds, where known.

    `picture_file` is there where the file is, or is being fetched.
    """

    id: UUID
    session_id: UUID
    kind: str
    lid: str | None
    phone_number: str | None
    jid: str | None
    name: str | None
    saved_name: str | None
    business_name: str | None
    push_name: str | None
    unread_count: int
    last_message_id: UUID | None
    last_message_at: datetime | None
    first_sent_at: datetime | None
    disappearing_seconds: int | None
    archived: bool
    pinned: bool
    muted_until: datetime | None
    blocked: bool
    picture_state: str | None
    picture_file: UUID | None
    created_at: datetime

    @property
    def remote_jid(self) -> str:
        """The LID form where it is known."""
        if self.jid:
            return self.jid
        return self.lid or phone_jid(self.phone_number or "")

    @property
    def names(self) -> Names:
        """What a person is called; `name` is the best of it, or what it was before that was told apart."""
        return Names(self.saved_name, self.business_name, self.push_name)

    def shares_address(self, other: Chat) -> bool:
        """Whether both are, or were, the chat with one person."""
        return bool({self.lid, self.phone_number} & {other.lid, other.phone_number} - {None})


_COLUMNS = columns_of(Chat, "c", picture_file=FILE)


def get(connection: Connection, session_id: UUID, chat_id: UUID) -> Chat:
    """Return a chat of the session, or the one that took it in. Raises NotFound."""
    current = "coalesce((SELECT chat_id FROM gateway.merged_chats WHERE id = %(id)s), %(id)s)"
    where = f"c.session_id = %(session)s AND c.id = {current}"
    return _first(_ask(connection, where, {"session": session_id, "id": chat_id}).fetchall())


def ask_of_turn(connection: Connection, turn_id: UUID) -> Cursor[Chat]:
    """Ask for the chat of a turn of the assistant, to be read together with other answers; a trial has none."""
    return _ask(connection, "c.id = (SELECT chat_id FROM gateway.turns WHERE id = %(turn)s)", {"turn": turn_id})


def find(connection: Connection, session_id: UUID, address: Address | str) -> Chat:
    """Return a person's chat, by any spelling of the number, or the one with a group's JID (str). Raises NotFound."""
    return _first(ask(connection, session_id, address).fetchall())


def ask(connection: Connection, session_id: UUID, address: Address | str) -> Cursor[Chat]:
    """Ask for what find() returns first, to be read together with other answers."""
    if isinstance(address, str):
        of_jid = "c.session_id = %(session)s AND c.jid = %(jid)s"
        return _ask(connection, of_jid, {"session": session_id, "jid": address})
    phones = spellings(address.phone_number) if address.phone_number else []
    where = """c.session_id = %(session)s AND (c.lid = %(lid)s OR c.phone_number = ANY(%(phones)s) OR c.phone_number =
          (SELECT n.answered FROM gateway.numbers n WHERE n.phone_number = %(phone)s))
        ORDER BY coalesce(c.lid = %(lid)s, false) DESC, array_position(%(phones)s::text[], c.phone_number)"""
    phone = address.phone_number
    return _ask(connection, where, {"session": session_id, "lid": address.lid, "phones": phones, "phone": phone})


def with_person(
    connection: Connection,
    session_id: UUID,
    address: Address,
    push_name: str | None = None,
    *,
    asked: str | None = None,
) -> Chat:
    """Return the chat with a person; make it, or bring its addresses and name up to date, where needed.

    `address` is what WhatsApp says now: a LID is one person for ever, a number belongs to whom it is said to belong
    last. A chat that has only the number is merged into that of the LID; one with another LID loses the number. `asked`
    is the number for which WhatsApp answered with `address`. The caller holds the session's row lock.
    """
    where = "c.session_id = %(session)s AND (c.lid = %(lid)s OR c.phone_number = ANY(%(phones)s))"
    parameters = {"session": session_id, "lid": address.lid, "phones": [address.phone_number, asked]}
    known = _ask(connection, where + " ORDER BY c.created_at, c.id", parameters).fetchall()
    kept = _same_person(known, address)
    for other in known:
        if kept is not None and kept.id != other.id and other.lid is None:
            _merge(connection, kept, other)
            kept = get(connection, session_id, kept.id)
        elif other.id != (kept and kept.id) and other.phone_number == address.phone_number:
            connection.execute("UPDATE gateway.chats SET phone_number = NULL WHERE id = %s", [other.id])
    if kept is None:
        return _insert(connection, session_id, "user", address, None, push_name)
    chat = _complete(connection, kept, address, Names(push=push_name))
    if kept.name and chat.name != kept.name:
        tell_contact(connection, chat)
    return chat


def rename(connection: Connection, chat: Chat, newer: Names) -> Chat:
    """Take in what a person is called; what is not told stays."""
    return _complete(connection, chat, Address(), newer)


def tell_contact(connection: Connection, chat: Chat, *, new_picture: bool = False) -> None:
    """Tell by an event what is known of a contact now."""
    data = {"chatId": str(chat.id), "jid": chat.remote_jid, "blocked": chat.blocked}
    told = {"name": chat.name, "newPicture": new_picture or None}
    data |= {name: value for name, value in told.items() if value}
    emit(connection, chat.session_id, EventType.CONTACT_UPDATED, data)


def _same_person(known: list[Chat], address: Address) -> Chat | None:
    """Return the chat of the LID, else of the number, as far as it has no other LID; of several the oldest."""
    same = [chat for chat in known if not address.lid or chat.lid in (None, address.lid)]
    exact = [chat for chat in same if address.lid and chat.lid == address.lid]
    return next(iter(exact or [chat for chat in same if chat.phone_number == address.phone_number] or same), None)


def with_addresses(connection: Connection, session_id: UUID, addresses: Collection[Address]) -> list[Chat]:
    """Return the chats with any of these people; of nobody the database is not asked."""
    if not addresses:
        return []
    lids, numbers = [each.lid for each in addresses], [each.phone_number for each in addresses]
    where = "c.session_id = %(session)s AND (c.lid = ANY(%(lids)s) OR c.phone_number = ANY(%(numbers)s))"
    return _ask(connection, where, {"session": session_id, "lids": lids, "numbers": numbers}).fetchall()


def with_jid(connection: Connection, session_id: UUID, kind: str, jid: str, name: str | None = None) -> Chat:
    """Return the chat of a group, list, status or newsletter; make it where it is missing."""
    known = ask(connection, session_id, jid).fetchone()
    return known or _insert(connection, session_id, kind, Address(), jid, name)


def page(
    connection: Connection,
    session_id: UUID,
    *,
    search: str | None,
    kinds: Collection[str] = INBOX,
    unread: bool | None = None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Chat]:
    """Return chats, last active first, whose last message is older; `search` is part of a name or number."""
    return _ask(
        connection,
        f"""c.session_id = %(session)s AND c.last_message_at IS NOT NULL AND c.kind = ANY(%(kinds)s)
           AND {IS_SOUGHT}
           AND (%(unread)s::boolean IS NULL OR (c.unread_count > 0) = %(unread)s)
           AND (%(at)s::timestamptz IS NULL OR (c.last_message_at, c.last_message_id) < (%(at)s, %(id)s))
           ORDER BY c.last_message_at DESC, c.last_message_id DESC LIMIT %(limit)s""",
        {
            "session": session_id,
            "kinds": list(kinds),
            **sought(search),
            "unread": unread,
            "at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    ).fetchall()


def _insert(
    connection: Connection, session_id: UUID, kind: str, address: Address, jid: str | None, name: str | None
) -> Chat:
    push_name = name if kind == "user" else None
    inserted = connection.cursor(row_factory=class_row(Chat)).execute(
        "INSERT INTO gateway.chats AS c (id, session_id, kind, lid, phone_number, jid, name, push_name)"  # noqa: S608
        f" VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
        [new_id(), session_id, kind, address.lid, address.phone_number, jid, name, push_name],
    )
    return inserted.fetchall()[0]


def _complete(connection: Connection, chat: Chat, address: Address, newer: Names) -> Chat:
    lid, phone = chat.lid or address.lid, address.phone_number or chat.phone_number
    names = chat.names.updated_by(newer)
    name = names.best or chat.name
    if (lid, phone, name, names) == (chat.lid, chat.phone_number, chat.name, chat.names):
        return chat
    connection.execute(
        "UPDATE gateway.chats SET lid = %s, phone_number = %s, name = %s, saved_name = %s, business_name = %s,"
        " push_name = %s WHERE id = %s",
        [lid, phone, name, names.saved, names.business, names.push, chat.id],
    )
    if (jid := Address(lid, phone).jid) != chat.remote_jid:
        connection.execute(
            "UPDATE gateway.whatsapp_explorer_messages SET remote_jid = %s WHERE chat_id = %s", [jid, chat.id]
        )
    return get(connection, chat.session_id, chat.id)


def _merge(connection: Connection, kept: Chat, other: Chat) -> None:
    """Move everything of `other` into `kept`; a message that is in both stays once."""
    parameters = {"kept": kept.id, "other": other.id, "jid": kept.lid or other.lid or kept.remote_jid}
    merging.combine_copies(connection, kept.id, other.id)
    connection.execute(
        "UPDATE gateway.whatsapp_explorer_messages SET chat_id = %(kept)s, remote_jid = %(jid)s"
        " WHERE chat_id IN (%(kept)s, %(other)s)",
        parameters,
    )
    merged_turns.merge(connection, kept.id, other.id)
    merging.combine_marks(connection, kept.id, other.id)
    connection.execute("DELETE FROM gateway.chats WHERE id = %s", [other.id])
    merged_chats.record(connection, kept.session_id, kept.id, other.id)
    connection.execute(
        """
        UPDATE gateway.chats SET lid = coalesce(lid, %(lid)s), phone_number = coalesce(phone_number, %(phone)s),
            first_sent_at = least(first_sent_at, %(first)s), blocked = blocked OR %(blocked)s, name = %(name)s,
            saved_name = %(saved)s, business_name = %(business)s, push_name = %(push)s
        WHERE id = %(kept)s
        """,
        parameters
        | _names_of_both(kept, other)
        | {"lid": other.lid, "phone": other.phone_number, "first": other.first_sent_at, "blocked": other.blocked},
    )
    merging.apply_pending(connection, kept.session_id, kept.id)
    emit(connection, kept.session_id, EventType.CHATS_MERGED, {"chatId": str(kept.id), "mergedChatId": str(other.id)})


def _names_of_both(kept: Chat, other: Chat) -> dict[str, str | None]:
    names = other.names.updated_by(kept.names)
    name = names.best or kept.name or other.name
    return {"name": name, "saved": names.saved, "business": names.business, "push": names.push}


def _first(found: list[Chat]) -> Chat:
    if not found:
        raise NotFound("chat")
    return found[0]


def _ask(connection: Connection, where: str, parameters: dict[str, Any]) -> Cursor[Chat]:
    return connection.cursor(row_factory=class_row(Chat)).execute(
        f"SELECT {_COLUMNS} FROM gateway.chats c WHERE {where}",  # noqa: S608
        parameters,
    )
