"""What operators ask of a database that only its functions reach: by name, read only, without texts, keys or numbers.

Each question has one statement; its rows are counts, ids, states and times.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, LiteralString
from uuid import UUID

from gateway.store.database import Connection

# Enough for a person; a function's response is bounded too.
_MOST_ROWS = 500
_SECONDS = 30


class Question(StrEnum):
    """The runbook in docs/operate.md says when to ask which."""

    SESSIONS = "sessions"
    SHARDS = "shards"
    COMMANDS = "commands"
    UNKNOWN_SENDS = "unknown-sends"
    TURNS = "turns"
    WEBHOOKS = "webhooks"
    CONNECTIONS = "connections"
    TRANSACTIONS = "transactions"
    TABLES = "tables"


_STATEMENTS: dict[Question, LiteralString] = {
    Question.SESSIONS: """
        SELECT s.connection_status AS status, s.desired_state AS desired, s.device_jid IS NULL AS unlinked, s.reason,
            CASE WHEN l.expires_at > clock_timestamp() THEN l.owner END AS owner, count(*) AS sessions,
            max(s.updated_at) AS last_changed_at
        FROM gateway.whatsapp_sessions s LEFT JOIN gateway.shard_leases l ON l.shard = s.shard
        WHERE s.is_active GROUP BY 1, 2, 3, 4, 5 ORDER BY sessions DESC
    """,
    Question.SHARDS: """
        SELECT l.shard, l.owner, l.epoch, l.handoff_to, l.expires_at, l.expires_at > clock_timestamp() AS valid,
            (SELECT count(*) FROM gateway.whatsapp_sessions s WHERE s.shard = l.shard AND s.is_active) AS sessions,
            w.heartbeat_at, w.draining
        FROM gateway.shard_leases l LEFT JOIN gateway.workers w ON w.id = l.owner ORDER BY l.shard
    """,
    Question.COMMANDS: """
        SELECT c.session_id, c.kind, c.status, c.attempts, c.error, c.created_at, c.not_before, c.expires_at,
            s.connection_status
        FROM gateway.commands c JOIN gateway.whatsapp_sessions s ON s.id = c.session_id
        WHERE c.status IN ('queued', 'running') ORDER BY c.created_at
    """,
    Question.UNKNOWN_SENDS: """
        SELECT id, session_id, message_type, origin, queued_at FROM gateway.whatsapp_explorer_messages
        WHERE status = 'unknown' AND queued_at > now() - interval '7 days' ORDER BY queued_at DESC
    """,
    Question.TURNS: """
        SELECT status, reason, model, count(*) AS turns, min(created_at) AS first_at, max(created_at) AS last_at
        FROM gateway.turns WHERE created_at > now() - interval '1 day' GROUP BY 1, 2, 3 ORDER BY turns DESC
    """,
    Question.WEBHOOKS: """
        SELECT w.id, w.status, w.paused_reason, w.failures, w.failing_since, count(d.id) AS waiting,
            min(d.due_since) AS oldest_since
        FROM gateway.webhooks w
        LEFT JOIN gateway.webhook_deliveries d ON d.webhook_id = w.id AND d.status = 'pending'
        WHERE w.deleted_at IS NULL GROUP BY w.id ORDER BY w.failures DESC, waiting DESC
    """,
    Question.CONNECTIONS: """
        SELECT usename AS role, application_name, state, count(*) AS connections,
            max(extract(epoch FROM clock_timestamp() - state_change))::float8 AS longest_seconds
        FROM pg_stat_activity WHERE usename IS NOT NULL GROUP BY 1, 2, 3 ORDER BY connections DESC
    """,
    # Without their statements, which may carry a text.
    Question.TRANSACTIONS: """
        SELECT pid, usename AS role, application_name, state, wait_event_type, wait_event, xact_start,
            pg_blocking_pids(pid) AS blocked_by
        FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start
    """,
    Question.TABLES: """
        SELECT n.nspname AS schema, c.relname AS table, greatest(c.reltuples, 0)::bigint AS about_rows,
            pg_total_relation_size(c.oid) AS bytes
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('gateway', 'whatsmeow') AND c.relkind = 'r' ORDER BY bytes DESC
    """,
}


def ask(connection: Connection, question: Question) -> list[dict[str, Any]]:
    """Return the answer's first rows, as JSON has them. Raises psycopg.errors.QueryCanceled after half a minute."""
    connection.execute("SET TRANSACTION READ ONLY")
    connection.execute("SELECT set_config('statement_timeout', %s, true)", [f"{_SECONDS}s"])
    rows = connection.execute(_STATEMENTS[question]).fetchmany(_MOST_ROWS)
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: object) -> object:
    return str(value) if isinstance(value, datetime | timedelta | UUID) else value
