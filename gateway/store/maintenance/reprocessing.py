"""Processing again what was set aside, as operators do after a release."""

from __future__ import annotations

from uuid import UUID

from gateway.store import history, inbox, sessions
from gateway.store.database import Connection


def retry_set_aside(connection: Connection, session_id: UUID | None) -> int:
    """Put events back into the inbox, of one session or of all, and notify the owners. Return how many there were.

    Owners that do not listen find them when they next look.
    """
    retried = inbox.retry(connection, session_id) + history.retry(connection, session_id)
    for session in sessions.select(connection, "s.id = ANY(%(ids)s)", {"ids": list(set(retried))}):
        sessions.notify(connection, session)
    return len(retried)
