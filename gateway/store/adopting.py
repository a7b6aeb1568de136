"""What a restored dump needs: events with transaction ids of this server, for those of another may never be reached."""

from __future__ import annotations

from typing import Any

import psycopg

_STATEMENTS = (
    "UPDATE gateway.events SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())",
    "UPDATE gateway.event_horizon SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())",
    "UPDATE gateway.whatsapp_sessions SET event_xid = NULL WHERE event_xid >= pg_snapshot_xmax(pg_current_snapshot())",
    "UPDATE gateway.webhooks SET since = pg_current_xact_id() WHERE since >= pg_snapshot_xmax(pg_current_snapshot())",
    "UPDATE gateway.webhook_cursor SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())",
)


def adopt_restored_events(connection: psycopg.Connection[Any]) -> None:
    """Give events from the future an id of the present; they keep the order within sessions, not that between them."""
    for statement in _STATEMENTS:
        connection.execute(statement)
