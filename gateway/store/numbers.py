"""Which phone numbers are on WhatsApp, remembered so that WhatsApp is not queried again for every message."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Cursor
from psycopg.rows import class_row

from gateway.domain.phone import Address
from gateway.store.columns import columns_of
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Number:
    """What WhatsApp said of a number; `lid` is known for most registered ones.

    `answered` is the number by which WhatsApp knows the account, where that is not the one it was asked for.
    """

    phone_number: str
    registered: bool
    lid: str | None
    answered: str | None = None

    @property
    def address(self) -> Address:
        """What WhatsApp named; by this messages are sent."""
        return Address(self.lid, self.answered or self.phone_number)


def look_up(connection: Connection, phone_number: str) -> Number | None:
    """Return what is known of a number; None where it is too old.

    That is a day for a registered number, ten minutes for one that was not registered.
    """
    return ask(connection, phone_number).fetchone()


def ask(connection: Connection, phone_number: str | None) -> Cursor[Number]:
    """Ask what is known of a number, to be read together with other answers; of no number nothing is known."""
    return connection.cursor(row_factory=class_row(Number)).execute(
        f"SELECT {columns_of(Number)} FROM gateway.numbers WHERE phone_number = %s AND checked_at >"  # noqa: S608
        " now() - CASE WHEN registered THEN interval '1 day' ELSE interval '10 minutes' END",
        [phone_number],
    )


def remember(connection: Connection, number: Number) -> None:
    """Store what WhatsApp said of a number, in place of what it said before: the number may be another person's now."""
    connection.execute(
        """
        INSERT INTO gateway.numbers (phone_number, registered, lid, answered) VALUES (%s, %s, %s, %s)
        ON CONFLICT (phone_number) DO UPDATE SET registered = EXCLUDED.registered, lid = EXCLUDED.lid,
            answered = EXCLUDED.answered, checked_at = now()
        """,
        [number.phone_number, number.registered, number.lid, number.answered],
    )


def forget(connection: Connection, phone_number: str) -> None:
    """Remove what WhatsApp said of a number: it is to be queried again."""
    connection.execute("DELETE FROM gateway.numbers WHERE phone_number = %s", [phone_number])
