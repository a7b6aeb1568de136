"""What the rows of a fleet take in a month, reckoned from a busy minute, and how fast the sweeper deletes old ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.bench.fleet.fleet import Fleet
from tests.e2e.world import until

DAYS = 30
# As docs/scale.md assumes: of 100 messages 60 are received, and 40 sent.
MESSAGES_A_DAY = 100
KILOBYTE = 1000
SWEEP_SECONDS, SWEEPS_EVERY_SECONDS = 35.0, 60.0
# What a copy of a row has of its own in each table that grows with messages.
_MESSAGES = "whatsapp_explorer_messages"
_OWN = {
    _MESSAGES: {
        "id": "uuidv7()",
        "message_id": "'3EB0' || upper(left(md5(n::text || t.id::text), 18))",
        "idempotency_key": "NULL",
    },
    "events": {"seq": "t.seq + n * 1000000"},
    "commands": {"id": "uuidv7()", "seq": "t.seq + n * 1000000", "idempotency_key": "NULL"},
}
_TOO_OLD = {"seq": "t.seq + n::bigint * 1000000000", "created_at": "clock_timestamp() - interval '31 days'"}
_OLD = "created_at < clock_timestamp() - interval '30 days'"


@dataclass(frozen=True, slots=True)
class Growth:
    """Of one table: `rows` a message, and `bytes` a row with its indexes."""

    table: str
    rows: float
    bytes: float

    @property
    def rows_a_day(self) -> float:
        return self.rows * MESSAGES_A_DAY

    @property
    def month_bytes(self) -> float:
        return self.rows_a_day * DAYS * self.bytes

    def __str__(self) -> str:
        month = self.month_bytes / KILOBYTE
        return f"{self.rows_a_day:.0f} rows a day, {self.bytes:.0f} bytes each with indexes: {month:.0f} kB a month"


def rows(fleet: Fleet) -> dict[str, int]:
    """Return how many rows each table has."""
    return {row["name"]: _count(fleet, row["name"]) for row in fleet.rows.select(_TABLES)}


def growth(fleet: Fleet, before: dict[str, int], copies: int) -> Iterator[Growth]:
    """Yield what a message has added since `before`, and what a row takes, measured with so many `copies`."""
    after = rows(fleet)
    messages = max(after[_MESSAGES] - before[_MESSAGES], 1)
    for table in _OWN:
        taken = _size(fleet, table)
        copied = _copy(fleet, table, copies)
        yield Growth(table, (after[table] - before[table]) / messages, (_size(fleet, table) - taken) / copied)


def others(before: dict[str, int], after: dict[str, int]) -> str:
    """Say which other tables have grown: with people, not with messages, or only until what is there is deleted."""
    grown = {table: count - before[table] for table, count in after.items() if table not in _OWN}
    return ", ".join(f"`{table}` {by:+,}" for table, by in grown.items() if by > 0)


@dataclass(frozen=True, slots=True)
class Retention:
    """So many old events were deleted by the sweeper in `seconds`, in which it hardly paused."""

    deleted: int
    seconds: float

    @property
    def sustained(self) -> float:
        """Rows a second where it may delete for SWEEP_SECONDS of each minute, as on AWS."""
        return self.deleted / self.seconds * SWEEP_SECONDS / SWEEPS_EVERY_SECONDS


def retention(fleet: Fleet, count: int) -> Retention:
    """Let the sweeper delete so many events that are too old."""
    _copy(fleet, "events", count, _TOO_OLD)
    old = _old(fleet)
    fleet.gateway.start_sweeper(every=0.1)
    begun = time.monotonic()
    until(lambda: _old(fleet) == 0, timeout=1800, interval=1.0)
    return Retention(old, time.monotonic() - begun)


def _copy(fleet: Fleet, table: str, count: int, values: dict[str, str] | None = None) -> int:
    """Copy what there is until there are so many rows more, without triggers. Return how many were copied."""
    own = _OWN[table] | (values or {})
    names = [row["name"] for row in fleet.rows.select(_COLUMNS, table)]
    there = _count(fleet, table)
    statement = sql.SQL(
        "INSERT INTO gateway.{table} ({names}) SELECT {values} FROM generate_series(1, {times}) n, gateway.{table} t"
        " LIMIT {count}"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join(sql.SQL(own[name]) if name in own else sql.Identifier("t", name) for name in names),
        times=-(-count // there),
        count=count,
    )
    with psycopg.connect(fleet.gateway.database.admin) as connection:
        connection.execute("SET session_replication_role = replica")
        return connection.execute(statement).rowcount


def _count(fleet: Fleet, table: str) -> int:
    return int(fleet.rows.select(f"SELECT count(*) AS count FROM gateway.{table}")[0]["count"])


def _size(fleet: Fleet, table: str) -> int:
    return int(fleet.rows.select("SELECT pg_total_relation_size(%s) AS bytes", f"gateway.{table}")[0]["bytes"])


def _old(fleet: Fleet) -> int:
    return int(fleet.rows.select(f"SELECT count(*) AS count FROM gateway.events WHERE {_OLD}")[0]["count"])


_TABLES = """
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'gateway' AND NOT starts_with(tablename, '_yoyo')
    ORDER BY 1
"""
_COLUMNS = """
    SELECT column_name AS name FROM information_schema.columns
    WHERE table_schema = 'gateway' AND table_name = %s AND is_generated = 'NEVER' AND is_identity = 'NO'
    ORDER BY ordinal_position
"""
