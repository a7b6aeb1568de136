"""Contacts as users read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row

from gateway.domain.errors import NotFound
from gateway.domain.phone import Address
from gateway.store.database import Connection
from gateway.store.searching import IS_SOUGHT, sought
from gateway.store.sessions import Session
from gateway.store.shown_pictures import FILE, IS_FRESH

# Address book and block list tell nothing of their changes.
_LIST_AGES = "interval '1 minute'"


@dataclass(frozen=True, slots=True)
class ShownContact:
    """`sort_key` is by what the list is sorted; `picture_file` is there where the file is, or is being fetched."""

    id: UUID
    session_id: UUID
    lid: str | None
    phone_number: str | None
    name: str | None
    saved_name: str | None
    business_name: str | None
    push_name: str | None
    blocked: bool
    picture_state: str | None
    picture_id: str | None
    picture_file: UUID | None
    picture_is_fresh: bool
    last_message_at: datetime | None
    sort_key: str

    @property
    def jid(self) -> str:
        """The LID where it is known."""
        return Address(self.lid, self.phone_number).jid


_SORT_KEY: LiteralString = "lower(coalesce(c.name, c.phone_number, c.lid))"
_CONTACT: LiteralString = f"""
    SELECT c.id, c.session_id, c.lid, c.phone_number, c.name, c.saved_name, c.business_name,
        c.push_name, c.blocked, c.picture_state, c.picture_id, {FILE} AS picture_file, {IS_FRESH} AS picture_is_fresh,
        c.last_message_at, {_SORT_KEY} AS sort_key
    FROM gateway.chats c WHERE c.session_id = %(session)s AND c.kind = 'user'
"""  # noqa: S608


def page(
    connection: Connection, session_id: UUID, search: str | None, after: tuple[str, UUID] | None, limit: int
) -> list[ShownContact]:
    """Return contacts by name, those without by number; `search` is part of a name or number."""
    key, id = after or (None, None)
    return _ask(
        connection,
        f"""{IS_SOUGHT} AND (%(id)s::uuid IS NULL OR ({_SORT_KEY}, c.id) > (%(key)s, %(id)s))
            ORDER BY {_SORT_KEY}, c.id LIMIT %(limit)s""",
        {"session": session_id, **sought(search), "key": key, "id": id, "limit": limit},
    ).fetchall()


def get(connection: Connection, session_id: UUID, chat_id: UUID) -> ShownContact:
    """Return a contact by the id of its chat. Raises NotFound."""
    found = _ask(connection, "c.id = %(chat)s", {"session": session_id, "chat": chat_id}).fetchone()
    if found is None:
        raise NotFound("contact")
    return found


def blocked(connection: Connection, session_id: UUID) -> list[ShownContact]:
    """Return who is blocked."""
    return _ask(connection, f"c.blocked ORDER BY {_SORT_KEY}, c.id", {"session": session_id}).fetchall()


def are_fresh(connection: Connection, session: Session) -> bool:
    """Return whether address book and block list of the device that is linked now were read a moment ago."""
    row = connection.execute(
        f"SELECT EXISTS (SELECT FROM gateway.contact_lists WHERE session_id = %s AND device_jid = %s"  # noqa: S608
        f" AND read_at > now() - {_LIST_AGES}) AS fresh",
        [session.id, session.device_jid],
    ).fetchone()
    return bool(row and row["fresh"])


def _ask(connection: Connection, where: LiteralString, parameters: dict[str, object]) -> Cursor[ShownContact]:
    return connection.cursor(row_factory=class_row(ShownContact)).execute(f"{_CONTACT} AND {where}", parameters)
