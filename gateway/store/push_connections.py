"""WebSocket connections: whose each is, what it has subscribed to, and how far it has got in the event log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.access import Scope
from gateway.domain.errors import NotFound
from gateway.domain.events import EventType
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.event_log import EventFilter, Position
from gateway.tokens import Token


@dataclass(frozen=True, slots=True)
class PushConnection:
    """A row of push_connections."""

    id: str
    key_id: UUID
    token_scopes: list[str] | None
    token_session_ids: list[UUID] | None
    token_ends_at: datetime | None
    types: list[str] | None
    session_ids: list[UUID] | None
    payload: str
    cursor: str | None
    subscription: int

    @property
    def token(self) -> Token | None:
        """What it came with; None where that was a key."""
        if self.token_scopes is None:
            return None
        scopes = frozenset(map(Scope, self.token_scopes))
        return Token(self.key_id, scopes, frozenset(self.token_session_ids or []), self.token_ends_at)

    @property
    def only(self) -> EventFilter:
        return EventFilter(None if self.types is None else list(map(EventType, self.types)), self.session_ids)


def add(connection: Connection, connection_id: str, key_id: UUID, token: Token | None, seconds: float) -> None:
    """Store a connection, which lives so long at most."""
    values: dict[str, Any] = {"id": connection_id, "key": key_id, "seconds": seconds, "scopes": None}
    values |= {"sessions": None, "ends": None}
    if token is not None:
        values |= {"scopes": sorted(token.scopes), "sessions": sorted(token.session_ids), "ends": token.expires_at}
    connection.execute(
        """
        INSERT INTO gateway.push_connections
            (id, key_id, token_scopes, token_session_ids, token_ends_at, expires_at)
        VALUES (%(id)s, %(key)s, %(scopes)s, %(sessions)s, %(ends)s, now() + make_interval(secs => %(seconds)s))
        """,
        values,
    )


def get(connection: Connection, connection_id: str) -> PushConnection:
    """Return a connection. Raises NotFound."""
    found = _select(connection, "id = %s", [connection_id])
    if not found:
        raise NotFound("connection")
    return found[0]


def subscribed(connection: Connection) -> list[PushConnection]:
    """Return the connections that want events."""
    return _select(connection, "cursor IS NOT NULL AND expires_at > now()", [])


def are_there(connection: Connection) -> bool:
    """Return whether somebody wants events."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM gateway.push_connections WHERE cursor IS NOT NULL AND expires_at > now()) AS found"
    ).fetchone()
    return row is not None and bool(row["found"])


def subscribe(
    connection: Connection, connection_id: str, only: EventFilter, payload: str, position: Position | None
) -> None:
    """Have a connection get what comes behind a position, in place of what it got before; None: nothing."""
    connection.execute(
        """
        UPDATE gateway.push_connections SET types = %(types)s, session_ids = %(sessions)s, payload = %(payload)s,
            cursor = %(cursor)s, subscription = subscription + 1 WHERE id = %(id)s
        """,
        {
            "id": connection_id,
            "types": None if only.types is None else list(only.types),
            "sessions": None if only.session_ids is None else list(only.session_ids),
            "payload": payload,
            "cursor": None if position is None else str(position),
        },
    )


def advance(connection: Connection, pushed: PushConnection, position: Position) -> None:
    """Record how far a connection has got, unless it has subscribed to something else since."""
    connection.execute(
        "UPDATE gateway.push_connections SET cursor = %s WHERE id = %s AND subscription = %s AND cursor IS NOT NULL",
        [str(position), pushed.id, pushed.subscription],
    )


def remove(connection: Connection, connection_id: str) -> None:
    """Forget a connection, if it is known."""
    connection.execute("DELETE FROM gateway.push_connections WHERE id = %s", [connection_id])


def remove_ended(connection: Connection, limit: int) -> int:
    """Forget connections whose longest time is over; return how many."""
    return connection.execute(
        "DELETE FROM gateway.push_connections WHERE id = ANY(ARRAY("
        "SELECT id FROM gateway.push_connections WHERE expires_at < now() LIMIT %s))",
        [limit],
    ).rowcount


def _select(connection: Connection, where: str, values: Sequence[object]) -> list[PushConnection]:
    with connection.cursor(row_factory=class_row(PushConnection)) as cursor:
        return cursor.execute(
            f"SELECT {columns_of(PushConnection)} FROM gateway.push_connections WHERE {where}",  # noqa: S608
            values,
        ).fetchall()
