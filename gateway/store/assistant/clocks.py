"""Time zones by their IANA names, as PostgreSQL knows them: the functions' images bring no time zone data."""

from __future__ import annotations

import re
from datetime import date

from psycopg import Cursor
from psycopg.rows import class_row

from gateway.domain.errors import InvalidInput
from gateway.domain.prompts import Clock
from gateway.store.database import Connection

# PostgreSQL also lists its own files, such as `posixrules`, and takes formulas, such as `XYZ-5`.
_NAME = re.compile(r"UTC|(?!posix/|right/)[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+){1,2}")


def require_zone(connection: Connection, name: str) -> None:
    """Raise InvalidInput unless there is a time zone of this name."""
    known = (
        _NAME.fullmatch(name)
        and connection.execute("SELECT FROM pg_timezone_names WHERE name = %s LIMIT 1", [name]).fetchone()
    )
    if known is None:
        raise InvalidInput("timeZone", "Write a time zone by its IANA name, such as Europe/Berlin.")


def read(connection: Connection, zone: str) -> Clock:
    """Return the present in a time zone."""
    return ask(connection, zone).fetchall()[0]


def ask(connection: Connection, zone: str) -> Cursor[Clock]:
    """Ask for the present in a time zone, to be read together with other answers."""
    return connection.cursor(row_factory=class_row(Clock)).execute(
        "SELECT clock_timestamp() AS now, clock_timestamp() AT TIME ZONE %(zone)s AS local, %(zone)s::text AS zone",
        {"zone": zone},
    )


def today(connection: Connection, zone: str) -> date:
    """Return the date in a time zone."""
    return read(connection, zone).local.date()
