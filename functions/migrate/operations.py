"""What operators do in a deployment whose database only its functions can reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from gateway.domain.access import EVERYTHING, Scope
from gateway.settings import MigrateSettings
from gateway.store import api_keys, inbox, raw_events
from gateway.store.connecting import connect
from gateway.store.database import Connection
from gateway.store.maintenance.key_management import GRACE_SECONDS, describe, issue_key, rotate_key
from gateway.store.maintenance.questions import Question, ask
from gateway.store.maintenance.reprocessing import retry_set_aside
from gateway.store.maintenance.resharding import reshard
from gateway.store.maintenance.restoring import settle

Request = dict[str, Any]

# A response of a Lambda function is at most 6 MB.
_SHOWN_EVENTS = 1000


def perform(settings: MigrateSettings, action: str, request: Request) -> Any:  # noqa: ANN401
    """Do an action and return its result as JSON. Raises ValueError for one that does not exist, and domain errors."""
    if action not in _ACTIONS:
        raise ValueError(f"no such action; there are: migrate, {', '.join(_ACTIONS)}")
    dsn = settings.database_url.get_secret_value()
    with connect(dsn, dict_row) as connection:
        return _ACTIONS[action](connection, settings, request)


def _create(connection: Connection, settings: MigrateSettings, request: Request) -> Request:
    owner = UUID(request["userProfileId"]) if request.get("userProfileId") else None
    return issue_key(
        connection,
        owner,
        request.get("name", "default"),
        settings.user_profiles_table,
        scopes=[Scope(scope) for scope in request.get("scopes", [])],
        session_ids=[UUID(session_id) for session_id in request.get("sessionIds", [])],
    ).document


def _reshard(connection: Connection, _settings: MigrateSettings, request: Request) -> Request:
    return {"moved": reshard(connection, int(request["shards"]))}


def _settle(connection: Connection, _settings: MigrateSettings, _request: Request) -> Request:
    return {**settle(connection)}


def _reread(connection: Connection, _settings: MigrateSettings, _request: Request) -> Request:
    return {"putBack": raw_events.put_back(connection)}


def _list(connection: Connection, _settings: MigrateSettings, _request: Request) -> list[Request]:
    return [describe(key) for key in api_keys.page(connection, EVERYTHING)]


def _rotate(connection: Connection, _settings: MigrateSettings, request: Request) -> Request:
    grace = float(request.get("graceSeconds", GRACE_SECONDS))
    return rotate_key(connection, UUID(request["id"]), grace).document


def _revoke(connection: Connection, _settings: MigrateSettings, request: Request) -> Request:
    api_keys.revoke(connection, EVERYTHING, UUID(request["id"]))
    return {"revoked": request["id"]}


def _list_inbox(connection: Connection, _settings: MigrateSettings, request: Request) -> list[Request]:
    found = inbox.list_set_aside(connection, _session_of(request), _SHOWN_EVENTS)
    return [{name: str(value) for name, value in asdict(event).items()} for event in found]


def _retry_inbox(connection: Connection, _settings: MigrateSettings, request: Request) -> Request:
    return {"retried": retry_set_aside(connection, _session_of(request))}


def _diagnose(connection: Connection, _settings: MigrateSettings, request: Request) -> list[Request]:
    questions = [question.value for question in Question]
    if request.get("question") not in questions:
        raise ValueError(f"no such question; there are: {', '.join(questions)}")
    return ask(connection, Question(request["question"]))


def _session_of(request: Request) -> UUID | None:
    return UUID(request["sessionId"]) if "sessionId" in request else None


_ACTIONS: dict[str, Callable[[Connection, MigrateSettings, Request], Any]] = {
    "createKey": _create,
    "listKeys": _list,
    "rotateKey": _rotate,
    "revokeKey": _revoke,
    "reshard": _reshard,
    "listInbox": _list_inbox,
    "retryInbox": _retry_inbox,
    "rereadMessages": _reread,
    "diagnose": _diagnose,
    "settleRestored": _settle,
}
