"""The gateway's rows as an operator sees them, and locks on them that hold a process up at a chosen step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

# What whatsmeow writes to on its way to the socket, in this order: its message secrets, then the Signal session.
MESSAGE_SECRETS = "whatsmeow.whatsmeow_message_secrets"
SIGNAL_SESSIONS = "whatsmeow.whatsmeow_sessions"
DEVICES = "whatsmeow.whatsmeow_device"


class Rows:
    """`admin` is a superuser's connection string."""

    def __init__(self, admin: str) -> None:
        self._admin = admin

    def select(self, query: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self._admin, row_factory=dict_row, connect_timeout=5) as connection:
            return connection.execute(query, values).fetchall()

    def owner(self, session_id: UUID) -> tuple[str | None, int]:
        """The worker that holds the session's shard, and its epoch."""
        [row] = self.select(
            "SELECT l.owner, l.epoch FROM gateway.shard_leases l JOIN gateway.whatsapp_sessions s USING (shard)"
            " WHERE s.id = %s",
            session_id,
        )
        return row["owner"], row["epoch"]

    def shards_of(self, workers: set[str]) -> int:
        """How many shards these workers hold."""
        return len(self.select("SELECT FROM gateway.shard_leases WHERE owner = ANY(%s)", list(workers)))

    def states(self, session_id: UUID, since: float) -> list[tuple[str, float]]:
        """The session's changes of state after that moment (Unix time), each with its own."""
        rows = self.select(
            "SELECT data ->> 'status' AS status, extract(epoch FROM created_at)::float8 AS at FROM gateway.events"
            " WHERE session_id = %s AND type = 'session.state' AND created_at > to_timestamp(%s) ORDER BY seq",
            session_id,
            since,
        )
        return [(row["status"], row["at"]) for row in rows]

    def command(self, message_id: UUID) -> str:
        """The status of the command that sends a message."""
        [row] = self.select("SELECT status FROM gateway.commands WHERE payload ->> 'messageId' = %s", str(message_id))
        return str(row["status"])

    def devices(self) -> list[str]:
        """The devices that whatsmeow has credentials of."""
        return [row["jid"] for row in self.select(f"SELECT jid FROM {DEVICES}")]

    def receipts(self, session_id: UUID) -> int:
        """How many receipts are stored that are not applied to a message yet."""
        return len(
            self.select(
                "SELECT FROM gateway.inbox WHERE session_id = %s AND kind = 'Receipt'"
                " UNION ALL SELECT FROM gateway.early_receipts WHERE session_id = %s",
                session_id,
                session_id,
            )
        )

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Who wants to write to the table waits."""
        with psycopg.connect(self._admin, connect_timeout=5) as connection:
            connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield

    def waiting(self, table: str) -> list[int]:
        """The database's processes that wait to write to a table."""
        query = "SELECT pid FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
        return [row["pid"] for row in self.select(query, table)]

    def dismiss(self, table: str) -> None:
        """Whoever waits to write gives up: the statement of a killed client would still take effect."""
        self._end(self.waiting(table))

    @contextmanager
    def held(self, session_id: UUID) -> Iterator[None]:
        """The session's row is locked: its owner can write nothing about it."""
        with psycopg.connect(self._admin, connect_timeout=5) as connection:
            connection.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR UPDATE", [session_id])
            yield

    def held_up(self, application: str) -> list[int]:
        """The database's processes that serve a program, and wait for a lock of any kind."""
        query = (
            "SELECT pid FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database() AND application_name = %s"
        )
        return [row["pid"] for row in self.select(query, application)]

    def dismiss_held_up(self, application: str) -> None:
        """Those of a program give up, as with dismiss()."""
        self._end(self.held_up(application))

    def _end(self, processes: list[int]) -> None:
        self.select("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", processes)
