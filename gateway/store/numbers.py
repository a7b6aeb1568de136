"""Which phone numbers are on WhatsApp, remembered so that WhatsApp is not queried again for every message."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import class_row

from gateway.store.columns import columns_of
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Number:
    """What WhatsApp said of a number; `lid` is known for most registered ones."""

    phone_number: str
    registered: bool
    lid: str | None


def look_up(connection: Connection, phone_number: str) -> Number | None:
    """Return what is known of a number; None where it is too old.

    That is a day for a registered number, ten minutes for one that was not registered.
    """
    with connection.cursor(row_factory=class_row(Number)) as cursor:
        return cursor.execute(
            f"SELECT {columns_of(Number)} FROM gateway.numbers WHERE phone_number = %s AND checked_at >"  # noqa: S608
            " now() - CASE WHEN registered THEN interval '1 day' ELSE interval '10 minutes' END",
            [phone_number],
        ).fetchone()


def remember(connection: Connection, number: Number) -> None:
    """Store what WhatsApp said of a number; a LID that is known already is kept where it said none."""
    connection.execute(
        """
        INSERT INTO gateway.numbers AS n (phone_number, registered, lid) VALUES (%s, %s, %s)
        ON CONFLICT (phone_number) DO UPDATE
            SET registered = EXCLUDED.registered, lid = coalesce(EXCLUDED.lid, n.lid), checked_at = now()
        """,
        [number.phone_number, number.registered, number.lid],
    )
