"""Which phone numbers are on WhatsApp, remembered so that WhatsApp is not queried again for every message."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.errors import RateLimited
from gateway.domain.phone import Address
from gateway.store.columns import columns_of
from gateway.store.database import Connection

_IS_FRESH: LiteralString = (
    "checked_at > now() - CASE WHEN registered THEN interval '1 day' ELSE interval '10 minutes' END"
)


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


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """What WhatsApp said of a number, and when."""

    phone_number: str
    registered: bool
    lid: str | None
    answered: str | None
    checked_at: datetime


def look_up(connection: Connection, phone_number: str) -> Number | None:
    """Return what is known of a number; None where it is too old.

    That is a day for a registered number, ten minutes for one that was not registered.
    """
    found = connection.cursor(row_factory=class_row(Number)).execute(
        f"SELECT {columns_of(Number)} FROM gateway.numbers WHERE phone_number = %s AND {_IS_FRESH}",  # noqa: S608
        [phone_number],
    )
    return found.fetchone()


def known(connection: Connection, phone_numbers: Collection[str]) -> dict[str, CheckedNumber]:
    """Return what is known of those numbers of which look_up() would find something."""
    found = connection.cursor(row_factory=class_row(CheckedNumber)).execute(
        f"SELECT {columns_of(CheckedNumber)} FROM gateway.numbers WHERE phone_number = ANY(%s) AND {_IS_FRESH}",  # noqa: S608
        [list(phone_numbers)],
    )
    return {number.phone_number: number for number in found}


def spend(connection: Connection, session_id: UUID, count: int, per_day: int) -> None:
    """Count numbers for which WhatsApp is to be asked now. Raises RateLimited where it would be too many for a day."""
    row = connection.execute(
        """
        INSERT INTO gateway.number_checks AS n (session_id, day, count)
        SELECT %(session)s, (now() AT TIME ZONE 'UTC')::date, %(count)s WHERE %(count)s <= %(limit)s
        ON CONFLICT (session_id, day) DO UPDATE SET count = n.count + %(count)s WHERE n.count + %(count)s <= %(limit)s
        RETURNING n.count
        """,
        {"session": session_id, "count": count, "limit": per_day},
    ).fetchone()
    if row is None:
        raise RateLimited(
            "session",
            f"This session may have WhatsApp asked for {per_day} numbers a day (UTC); more would risk a ban of the"
            " number.",
            _seconds_left_today(connection),
        )


def _seconds_left_today(connection: Connection) -> float:
    row = connection.execute(
        "SELECT extract(epoch FROM date_trunc('day', at) + interval '1 day' - at)::float8 AS seconds"
        " FROM (SELECT now() AT TIME ZONE 'UTC' AS at) AS utc"
    ).fetchone()
    return float(row["seconds"]) if row else 0.0


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
