"""One connection that has subscribed: pushes what comes behind its cursor, in order, one message at a time."""

from __future__ import annotations

import json
import logging
import threading
import time
from concurrent.futures import Executor

import psycopg

from functions.pushes.messages import ENVELOPE_BYTES, messages_of
from gateway.aws.connections import LARGEST_MESSAGE, ConnectionGone, Connections, ConnectionsUnavailable
from gateway.callers import still_allowed
from gateway.domain.access import Reach, Scope
from gateway.domain.errors import CursorExpired, Forbidden, GatewayError, NotFound, Unauthenticated
from gateway.schemas.envelopes import render
from gateway.schemas.event_body import EventBody
from gateway.store import event_log, push_connections
from gateway.store.database import Connection, Database
from gateway.store.event_log import LoggedEvent, Position
from gateway.store.push_connections import PushConnection
from gateway.telemetry import log_failure

log = logging.getLogger(__name__)

_BATCH = 100
# How far a connection has got to which nothing is pushed is recorded from time to time.
_RECORD_SECONDS = 60.0
_ENDS = (Unauthenticated, Forbidden, NotFound, CursorExpired)


class Subscriber:
    """Works on threads of `pool`, on one at a time; `cannot_go_on` is true after an outage, until it is woken again."""

    def __init__(self, row: PushConnection, database: Database, connections: Connections, pool: Executor) -> None:
        assert row.cursor is not None  # noqa: S101 - it has subscribed
        self.row = row
        self.cannot_go_on = False
        self._database = database
        self._connections = connections
        self._pool = pool
        self._position = Position.parse(row.cursor)
        self._recorded_at = time.monotonic()
        self._lock = threading.Lock()
        self._is_running = self._again = self._is_over = False

    def wake(self) -> None:
        """Push what there is, soon."""
        with self._lock:
            self._again = True
            if not (self._is_running or self._is_over):
                self._is_running = True
                self._pool.submit(self._run)

    def stop(self) -> None:
        """Push nothing more after the message under way."""
        with self._lock:
            self._is_over = True

    def reach(self) -> Reach | None:
        """Return what it reaches; None where it was ended, because it reaches nothing any more."""
        try:
            with self._database.transaction() as connection:
                return still_allowed(connection, self.row.key_id, self.row.token, Scope.READ)
        except _ENDS as error:
            self._end(error)
            return None

    def _run(self) -> None:
        """Push one batch; others get their turn before the next."""
        with self._lock:
            self._again = False
        try:
            is_behind = self._push()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this connection's
            log_failure(log, error, connection_id=self.row.id)
            is_behind, self.cannot_go_on = False, True
        with self._lock:
            self._is_running = (is_behind or self._again) and not self._is_over
            if self._is_running:
                self._pool.submit(self._run)

    def _push(self) -> bool:
        """Return whether there is more."""
        self.cannot_go_on = False
        try:
            found, position = self._read()
            self._post(found)
            self._position = position
            self._record_now_and_then()
            return len(found) == _BATCH
        except _ENDS as error:
            self._end(error)
        except ConnectionGone:
            self._forget()
        except (ConnectionsUnavailable, psycopg.OperationalError) as error:
            log.warning("events cannot be pushed for now", extra={"error": type(error).__name__})
            self.cannot_go_on = True
        return False

    def _read(self) -> tuple[list[tuple[str, Position]], Position]:
        """Return what comes next, each event as JSON with its place in the log, and how far the log was read."""
        row = self.row
        with self._database.transaction() as connection:
            reach = still_allowed(connection, row.key_id, row.token, Scope.READ)
            found, position = event_log.read(connection, reach, self._position, _BATCH, row.only)
            rendered = render(connection, found, "ids" if row.payload == "ids" else "full")
            texts = [_text(connection, *each) for each in zip(found, rendered, strict=True)]
        return [(text, event.position) for text, event in zip(texts, found, strict=True)], position

    def _post(self, found: list[tuple[str, Position]]) -> None:
        for message in messages_of(found):
            if self._is_over:
                return
            self._connections.post(self.row.id, message.text)
            self._position = message.position
            self._record()

    def _record_now_and_then(self) -> None:
        if time.monotonic() - self._recorded_at > _RECORD_SECONDS:
            self._record()

    def _record(self) -> None:
        """A crash before this pushes a message again: clients know events by their ids."""
        with self._database.transaction() as connection:
            push_connections.advance(connection, self.row, self._position)
        self._recorded_at = time.monotonic()

    def _end(self, error: GatewayError) -> None:
        """Tell the client why there is no more, and close."""
        text = json.dumps({"type": "ended", "code": error.code, "detail": str(error)})
        try:
            self._connections.post(self.row.id, text)
            self._connections.close(self.row.id)
        except (ConnectionGone, ConnectionsUnavailable):
            log.info("a connection was gone before it could be told why")
        self._forget()

    def _forget(self) -> None:
        self.stop()
        with self._database.transaction() as connection:
            push_connections.remove(connection, self.row.id)


def _text(connection: Connection, logged: LoggedEvent, event: EventBody) -> str:
    """Return an event as JSON; without its message where no message of a WebSocket could hold it."""
    text = event.model_dump_json(by_alias=True)
    if len(text.encode()) <= LARGEST_MESSAGE - ENVELOPE_BYTES:
        return text
    [short] = render(connection, [logged], "ids")
    return short.model_dump_json(by_alias=True)
