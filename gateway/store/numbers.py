"""What WhatsApp said of phone numbers, so that it is not asked again for every message."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import class_row

from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Number:
    """`lid` is known for most registered numbers."""

    phone_number: str
    registered: bool
    lid: str | None


def look_up(connection: Connection, phone_number: str) -> Number | None:
    """The answer, unless it is too old: a day for a registered number, ten minutes for one that was not."""
    with connection.cursor(row_factory=class_row(Number)) as cursor:
        return cursor.execute(
            "SELECT phone_number, registered, lid FROM gateway.numbers WHERE phone_number = %s AND checked_at >"
            " now() - CASE WHEN registered THEN interval '1 day' ELSE interval '10 minutes' END",
            [phone_number],
        ).fetchone()


def remember(connection: Connection, number: Number) -> None:
    """Keep an answer; a LID that is known already is not forgotten."""
    connection.execute(
        """
        INSERT INTO gateway.numbers AS n (phone_number, registered, lid) VALUES (%s, %s, %s)
        ON CONFLICT (phone_number) DO UPDATE
            SET registered = EXCLUDED.registered, lid = coalesce(EXCLUDED.lid, n.lid), checked_at = now()
        """,
        [number.phone_number, number.registered, number.lid],
    )
