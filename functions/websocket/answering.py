"""Answers what clients ask for over a WebSocket."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from functions.websocket.api import Api
from functions.websocket.requests import REQUESTS, AnyRequest, Ping, Send, Subscribe
from gateway.aws.queues import PushQueue, QueuesUnavailable
from gateway.callers import admit, still_allowed
from gateway.domain.access import Scope, authorise
from gateway.domain.errors import GatewayError, InvalidInput, NotFound, Unauthenticated
from gateway.domain.sentences import sentence
from gateway.store import api_keys, event_log, push_connections, push_lease, sessions
from gateway.store.database import Connection, Database
from gateway.store.event_log import EVERY_EVENT, EventFilter, Position
from gateway.store.push_connections import PushConnection
from gateway.tokens import Tokens

# API Gateway closes every connection after two hours.
CONNECTION_SECONDS = 7200.0
JSON = dict[str, Any]
# Requests over WebSockets are counted by themselves.
_KIND = "websocket"


class Answerer:
    """What is done with a connection over its life."""

    def __init__(self, database: Database, tokens: Tokens, api: Api, queue: PushQueue, per_minute: int) -> None:
        self._database = database
        self._tokens = tokens
        self._api = api
        self._queue = queue
        self._per_minute = per_minute

    def connect(self, connection_id: str, credential: str | None) -> None:
        """Store a new connection. Raises Unauthenticated, Forbidden and RateLimited."""
        if not credential:
            raise Unauthenticated("Send a token as `token` in the query, or a key in X-API-Key.")
        caller, allowance = admit(self._database, self._tokens, credential, self._per_minute, kind=_KIND)
        allowance.require()
        authorise(caller.rights, Scope.READ)
        with self._database.transaction() as connection:
            push_connections.add(connection, connection_id, caller.key_id, caller.token, CONNECTION_SECONDS)

    def disconnect(self, connection_id: str) -> None:
        """Forget a connection."""
        with self._database.transaction() as connection:
            push_connections.remove(connection, connection_id)

    def answer(self, connection_id: str, body: str) -> JSON:
        """Return the answer to what a client sent; an error of the client's is one."""
        request_id = None
        try:
            request = _parse(body)
            request_id = request.id
            with self._database.transaction() as connection:
                found = push_connections.get(connection, connection_id)
                _, allowance = api_keys.admit(connection, found.key_id, self._per_minute, kind=_KIND)
            allowance.require()
            return {**self._do(found, request), **_named(request_id)}
        except GatewayError as error:
            return {"type": "error", **_problem(error), **_named(request_id or _id_in(body))}

    def _do(self, found: PushConnection, request: AnyRequest) -> JSON:
        if isinstance(request, Ping):
            return {"type": "pong"}
        if isinstance(request, Send):
            status, answer = self._api.send(found, request)
            return {"type": "sent", "status": status, "body": answer}
        if isinstance(request, Subscribe):
            return self._subscribe(found, request)
        with self._database.transaction() as connection:
            push_connections.subscribe(connection, found.id, EVERY_EVENT, "full", None)
        return {"type": "unsubscribed"}

    def _subscribe(self, found: PushConnection, request: Subscribe) -> JSON:
        only = EventFilter(request.types, request.session_ids)
        with self._database.transaction() as connection:
            reach = still_allowed(connection, found.key_id, found.token, Scope.READ)
            if request.session_ids and sessions.missing(connection, reach, request.session_ids):
                raise NotFound("session", "sessionIds")
            position = _position(connection, request.after)
            push_connections.subscribe(connection, found.id, only, request.payload, position)
        self._wake_pushes()
        return {"type": "subscribed", "cursor": str(position)}

    def _wake_pushes(self) -> None:
        """Start a run of functions/pushes, unless there is one; the sweeper does so, too, where this fails."""
        # In a transaction of its own: a run that ends looks for subscriptions after it has given its lease back.
        with self._database.transaction() as connection:
            if not push_lease.is_free(connection):
                return
        try:
            self._queue.send()
        except QueuesUnavailable:
            return


def _parse(body: str) -> AnyRequest:
    try:
        return REQUESTS.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # The first part of the place is the kind of request.
        field = ".".join(map(str, first["loc"][1:])) or "action"
        raise InvalidInput(field, sentence(first)) from None


def _position(connection: Connection, after: str) -> Position:
    """Return where a subscription begins. Raises InvalidInput and CursorExpired."""
    if after == "latest":
        return event_log.latest(connection)
    position = event_log.EARLIEST if after == "earliest" else Position.parse(after)
    event_log.require_kept(connection, position)
    return position


def _problem(error: GatewayError) -> JSON:
    field = getattr(error, "field", None)
    found: JSON = {"code": error.code, "detail": str(error)}
    return {**found, "errors": [{"field": field, "detail": str(error)}]} if field else found


def _named(request_id: str | None) -> JSON:
    return {} if request_id is None else {"id": request_id}


def _id_in(body: str) -> str | None:
    """Return the id of a request that is wrong otherwise."""
    try:
        found = json.loads(body).get("id")
    except (ValueError, AttributeError):
        return None
    return found[:64] if isinstance(found, str) else None
