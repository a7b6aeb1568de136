"""The gauges: the state of the whole system in a few numbers, read from its rows."""

from __future__ import annotations

from gateway.domain.sessions import SessionState
from gateway.metrics import Metric
from gateway.store.database import Connection
from gateway.store.sessions import WITHOUT_OWNER

_BY_STATE = {
    SessionState.CONNECTED: Metric.SESSIONS_CONNECTED,
    SessionState.CONNECTING: Metric.SESSIONS_CONNECTING,
    SessionState.QR_PENDING: Metric.SESSIONS_QR_PENDING,
    SessionState.DISCONNECTED: Metric.SESSIONS_DISCONNECTED,
    SessionState.LOGGED_OUT: Metric.SESSIONS_LOGGED_OUT,
}


def read(connection: Connection) -> dict[Metric, float]:
    """Return every gauge, 0 where there is nothing; needs the rights of gateway_sweeper."""
    return {**_sessions(connection), **_waiting(connection)}


def _sessions(connection: Connection) -> dict[Metric, float]:
    """A session is wanted where nobody but WhatsApp and the gateway is needed for it to be connected: it is linked."""
    rows = connection.execute(
        "SELECT connection_status AS state, count(*) AS sessions,"
        " count(*) FILTER (WHERE desired_state = 'connected' AND device_jid IS NOT NULL) AS wanted"
        " FROM gateway.whatsapp_sessions WHERE is_active GROUP BY connection_status"
    ).fetchall()
    counts = {SessionState(row["state"]): float(row["sessions"]) for row in rows}
    wanted = {SessionState(row["state"]): float(row["wanted"]) for row in rows}
    return {
        **{metric: counts.get(state, 0.0) for state, metric in _BY_STATE.items()},
        Metric.SESSIONS_WANTED: sum(wanted.values()),
        Metric.SESSIONS_MISSING: sum(count for state, count in wanted.items() if state is not SessionState.CONNECTED),
    }


def _waiting(connection: Connection) -> dict[Metric, float]:
    row = connection.execute(
        f"""
        SELECT
            (SELECT count(*) FROM gateway.whatsapp_sessions s WHERE {WITHOUT_OWNER}) AS without_owner,
            -- Of a session that is connected: others may wait for their phone, or for their next attempt.
            (SELECT extract(epoch FROM clock_timestamp() - min(greatest(c.created_at, c.not_before)))
             FROM gateway.commands c JOIN gateway.whatsapp_sessions s ON s.id = c.session_id
             WHERE c.status = 'queued' AND s.connection_status = 'connected') AS command_age,
            (SELECT extract(epoch FROM clock_timestamp() - min(t.due_at)) FROM gateway.turns t
             WHERE t.status = 'waiting' AND t.due_at < clock_timestamp()) AS turn_age,
            -- Of a webhook that works: the others wait for their receiver.
            (SELECT extract(epoch FROM clock_timestamp() - min(d.next_attempt_at))
             FROM gateway.webhook_deliveries d JOIN gateway.webhooks w ON w.id = d.webhook_id
             WHERE d.status = 'pending' AND d.tries = 0 AND d.next_attempt_at < clock_timestamp() AND w.failures = 0
                AND w.status = 'active' AND w.deleted_at IS NULL) AS delivery_age,
            -- Of one that was never tried: the others wait for WhatsApp, or for storage.
            (SELECT extract(epoch FROM clock_timestamp() - min(o.next_attempt_at)) FROM gateway.media_objects o
             WHERE o.state = 'pending' AND o.attempts = 0 AND o.next_attempt_at < clock_timestamp()) AS media_age,
            (SELECT extract(epoch FROM clock_timestamp() - min(i.received_at)) FROM gateway.inbox i
             WHERE i.error IS NULL) AS inbox_age,
            (SELECT count(*) FROM gateway.inbox i WHERE i.error IS NOT NULL) AS set_aside,
            (SELECT count(*) FROM gateway.push_connections WHERE cursor IS NOT NULL AND expires_at > now()) AS pushed,
            (SELECT count(*) FROM gateway.push_lease WHERE expires_at >= now()) AS pushing,
            (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections
        """  # noqa: S608
    ).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM returns one row
    return {
        Metric.SESSIONS_WITHOUT_OWNER: float(row["without_owner"]),
        Metric.OLDEST_COMMAND_SECONDS: max(float(row["command_age"] or 0), 0.0),
        Metric.OLDEST_TURN_SECONDS: float(row["turn_age"] or 0),
        Metric.OLDEST_DELIVERY_SECONDS: float(row["delivery_age"] or 0),
        Metric.OLDEST_MEDIA_SECONDS: float(row["media_age"] or 0),
        Metric.OLDEST_INBOX_SECONDS: float(row["inbox_age"] or 0),
        Metric.EVENTS_SET_ASIDE: float(row["set_aside"]),
        Metric.DATABASE_CONNECTIONS: float(row["connections"]),
        Metric.PUSH_CONNECTIONS: float(row["pushed"]),
        Metric.PUSHES_STOPPED: float(row["pushed"] > 0 and not row["pushing"]),
    }
