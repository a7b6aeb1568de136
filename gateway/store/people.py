"""What the chats of a session know of people who are named by a LID or a number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.phone import Address
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a private chat."""

    session_id: UUID
    lid: str | None
    phone_number: str | None
    name: str | None


def known(connection: Connection, named: Collection[tuple[UUID, Address]]) -> dict[tuple[UUID, str], Person]:
    """Return the people that have a chat, by session and LID, and by session and number; `named` are by session.

    Asks nothing where nobody is named.
    """
    if not named:
        return {}
    with connection.cursor(row_factory=class_row(Person)) as cursor:
        found = cursor.execute(
            """
            SELECT session_id, lid, phone_number, name FROM gateway.chats
            WHERE session_id = ANY(%s) AND (lid = ANY(%s) OR phone_number = ANY(%s))
            """,
            [
                list({session_id for session_id, _ in named}),
                [person.lid for _, person in named if person.lid],
                [person.phone_number for _, person in named if person.phone_number],
            ],
        ).fetchall()
    return {(person.session_id, key): person for person in found for key in (person.lid, person.phone_number) if key}
