"""Deletion of what is kept no longer; each call deletes a bounded number of rows and returns how many."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.webhooks import Notice
from gateway.store import deliveries
from gateway.store.database import Connection
from gateway.store.maintenance import stored_files

# What belongs to a session, in an order that foreign keys allow.
_OF_A_SESSION = (
    "turns", "ai_usage", "ai_configs", "whatsapp_explorer_messages", "events", "commands", "early_receipts", "inbox",
    "history_pieces", "overtaken_changes", "raw_events", "webhook_deliveries", "merged_chats", "chats",
)  # fmt: skip

# Which rows of a table are too old.
_OLD = {
    "commands": "finished_at < clock_timestamp() - make_interval(secs => %(seconds)s)",
    "turns": "ended_at < clock_timestamp() - make_interval(secs => %(seconds)s)",
    "ai_usage": "day < (clock_timestamp() - make_interval(secs => %(seconds)s))::date",
    "ai_platform_usage": "day < (clock_timestamp() - make_interval(secs => %(seconds)s))::date",
    "inbox": "error IS NOT NULL AND received_at < clock_timestamp() - make_interval(secs => %(seconds)s)",
    "history_pieces": "error IS NOT NULL AND received_at < clock_timestamp() - make_interval(secs => %(seconds)s)",
    "raw_events": "kept_at < clock_timestamp() - make_interval(secs => %(seconds)s)",
    "early_receipts": "at < clock_timestamp() - make_interval(secs => %(seconds)s)",
    "overtaken_changes": "at < clock_timestamp() - make_interval(secs => %(seconds)s)",
    "webhook_deliveries": "ended_at < clock_timestamp() - make_interval(secs => %(seconds)s)",
    "rate_limits": "arrival_at < clock_timestamp() - make_interval(secs => %(seconds)s)",
    "numbers": "checked_at < clock_timestamp() - make_interval(secs => %(seconds)s)",
}
_DAY_SECONDS = 86400.0


def delete_old(connection: Connection, table: str, days: float, limit: int) -> int:
    """Delete rows of a table that are older than `days`; it is one of those in `_OLD`."""
    return connection.execute(
        f"DELETE FROM gateway.{table} WHERE ctid = ANY(ARRAY("  # noqa: S608
        f"SELECT ctid FROM gateway.{table} WHERE {_OLD[table]} LIMIT %(limit)s))",
        {"seconds": days * _DAY_SECONDS, "limit": limit},
    ).rowcount


def delete_old_events(connection: Connection, days: float, limit: int) -> int:
    """Delete events that are older than `days`, and record how far: readers who are not beyond it are told so."""
    row = connection.execute(
        """
        WITH deleted AS (
            DELETE FROM gateway.events WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM gateway.events
                WHERE created_at < clock_timestamp() - make_interval(secs => %(seconds)s) LIMIT %(limit)s))
            RETURNING xid
        ), recorded AS (
            UPDATE gateway.event_horizon SET xid = greatest(event_horizon.xid, last.xid)
            FROM (SELECT xid FROM deleted ORDER BY xid DESC LIMIT 1) AS last
        )
        SELECT count(*) AS count FROM deleted
        """,
        {"seconds": days * _DAY_SECONDS, "limit": limit},
    ).fetchone()
    return int(row["count"]) if row else 0


def erase_deleted_webhooks(connection: Connection, limit: int) -> int:
    """Delete some deliveries of webhooks that were deleted; their rows when no delivery is left."""
    return connection.execute(
        """
        WITH deleted AS (
            DELETE FROM gateway.webhook_deliveries WHERE id = ANY(ARRAY(
                SELECT d.id FROM gateway.webhook_deliveries d JOIN gateway.webhooks w ON w.id = d.webhook_id
                WHERE w.deleted_at IS NOT NULL LIMIT %s))
            RETURNING id
        ), gone AS (
            DELETE FROM gateway.webhooks w WHERE w.deleted_at < now() - interval '1 hour'
                AND NOT EXISTS (SELECT FROM gateway.webhook_deliveries d WHERE d.webhook_id = w.id) RETURNING id
        )
        SELECT id FROM deleted UNION ALL SELECT id FROM gone
        """,
        [limit],
    ).rowcount


def crowded_webhooks(connection: Connection, most: int, days: float) -> list[UUID]:
    """Return webhooks for which more than `most` deliveries are open, or which have been paused for longer than that.

    What works gives its deliveries up much earlier.
    """
    rows = connection.execute(
        """
        SELECT w.id FROM gateway.webhooks w WHERE w.deleted_at IS NULL AND (
            EXISTS (SELECT FROM gateway.webhook_deliveries d WHERE d.webhook_id = w.id AND d.status = 'pending'
                    OFFSET %(most)s)
            OR (w.paused_at < clock_timestamp() - make_interval(secs => %(seconds)s)
                AND EXISTS (SELECT FROM gateway.webhook_deliveries d
                            WHERE d.webhook_id = w.id AND d.status = 'pending')))
        """,
        {"most": most, "seconds": days * _DAY_SECONDS},
    ).fetchall()
    return [row["id"] for row in rows]


def drop_deliveries(connection: Connection, webhook_id: UUID, most: int, days: float, limit: int) -> int:
    """Drop open deliveries of a webhook, oldest first: those beyond `most`, and those that are older than the log.

    Other webhooks are told, once a day while it goes on.
    """
    connection.execute("SELECT FROM gateway.webhooks WHERE id = %s FOR NO KEY UPDATE", [webhook_id])
    is_told = connection.execute(
        "SELECT FROM gateway.webhook_deliveries WHERE webhook_id = %s AND status = 'dropped'"
        " AND ended_at > clock_timestamp() - interval '1 day' LIMIT 1",
        [webhook_id],
    ).rowcount
    dropped = connection.execute(
        """
        UPDATE gateway.webhook_deliveries SET status = 'dropped', ended_at = clock_timestamp() WHERE id = ANY(ARRAY(
            SELECT id FROM (
                SELECT id, due_since, row_number() OVER (ORDER BY due_since DESC, id DESC) AS place
                FROM gateway.webhook_deliveries WHERE webhook_id = %(webhook)s AND status = 'pending'
            ) open WHERE place > %(most)s OR due_since < clock_timestamp() - make_interval(secs => %(seconds)s)
            ORDER BY place DESC LIMIT %(limit)s))
        """,
        {"webhook": webhook_id, "most": most, "seconds": days * _DAY_SECONDS, "limit": limit},
    ).rowcount
    connection.execute("UPDATE gateway.webhooks SET dropped = dropped + %s WHERE id = %s", [dropped, webhook_id])
    if dropped and not is_told:
        deliveries.tell_others(connection, webhook_id, Notice.DROPPED, {"dropped": dropped})
    return dropped


def forget_test_turns(connection: Connection, seconds: float, limit: int) -> int:
    """Erase the texts of test turns, which are kept only until whoever requested them has read them."""
    return connection.execute(
        """
        UPDATE gateway.turns SET output = NULL, prompt = NULL WHERE id = ANY(ARRAY(
            SELECT id FROM gateway.turns WHERE kind = 'test' AND output IS NOT NULL
                AND ended_at < clock_timestamp() - make_interval(secs => %s) LIMIT %s))
        """,
        [seconds, limit],
    ).rowcount


def deleted_sessions(connection: Connection, days: float, limit: int) -> list[UUID]:
    """Return sessions that were deleted more than `days` ago and still have a row; those still linked come last."""
    rows = connection.execute(
        """
        SELECT id FROM gateway.whatsapp_sessions WHERE NOT is_active
            AND updated_at < clock_timestamp() - make_interval(secs => %s)
        ORDER BY device_jid IS NOT NULL, updated_at LIMIT %s
        """,
        [days * _DAY_SECONDS, limit],
    ).fetchall()
    return [row["id"] for row in rows]


def erase_session(connection: Connection, session_id: UUID, limit: int) -> int:
    """Delete some of a deleted session's data; when there is no more, its row.

    The row stays while its number is still linked, or files of it are still stored.
    """
    parameters = {"session": session_id, "limit": limit}
    connection.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %(session)s FOR NO KEY UPDATE", parameters)
    for table in _OF_A_SESSION:
        deleted = connection.execute(
            f"DELETE FROM gateway.{table} WHERE ctid = ANY(ARRAY("  # noqa: S608
            f"SELECT ctid FROM gateway.{table} WHERE session_id = %(session)s LIMIT %(limit)s))",
            parameters,
        ).rowcount
        if deleted:
            return deleted
    if erased := stored_files.erase_of_session(connection, session_id, limit):
        return erased
    return connection.execute(
        "DELETE FROM gateway.whatsapp_sessions WHERE id = %(session)s AND NOT is_active AND device_jid IS NULL"
        " AND NOT EXISTS (SELECT FROM gateway.media_objects WHERE session_id = %(session)s)",
        parameters,
    ).rowcount
