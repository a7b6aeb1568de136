"""What the chats of a session know of people who are named by a LID or a number, and what its groups do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.phone import Address
from gateway.store.database import Connection
from gateway.store.messages import SEARCHED_FOR_SENDERS


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a private chat, or of a group."""

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


def met_in_groups(connection: Connection, session_id: UUID, named: Address) -> Person | None:
    """Return who wrote one of the last messages, or is in a group; None for who does neither."""
    parameters = {
        "session": session_id,
        "lid": named.lid,
        "phone": named.phone_number,
        "searched": SEARCHED_FOR_SENDERS,
    }
    with connection.cursor(row_factory=class_row(Person)) as cursor:
        return cursor.execute(
            """
            (SELECT session_id, sender_lid AS lid, sender_phone AS phone_number, push_name AS name FROM (
                SELECT session_id, sender_lid, sender_phone, push_name, from_me FROM gateway.whatsapp_explorer_messages
                WHERE session_id = %(session)s ORDER BY id DESC LIMIT %(searched)s
            ) last WHERE NOT from_me AND (sender_lid = %(lid)s OR sender_phone = %(phone)s) LIMIT 1)
            UNION ALL
            (SELECT g.session_id, p.lid, p.phone_number, NULL FROM gateway.groups g
                JOIN gateway.group_participants p ON p.chat_id = g.chat_id
            WHERE g.session_id = %(session)s AND (p.lid = %(lid)s OR p.phone_number = %(phone)s) LIMIT 1)
            LIMIT 1
            """,
            parameters,
        ).fetchone()
