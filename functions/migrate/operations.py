"""What operators do in a deployment whose database only its functions can reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from gateway.settings import MigrateSettings
from gateway.store import api_keys, raw_events
from gateway.store.database import Connection
from gateway.store.maintenance.key_management import issue_key
from gateway.store.maintenance.resharding import reshard

Request = dict[str, Any]


def perform(settings: MigrateSettings, action: str, request: Request) -> Any:  # noqa: ANN401
    """Do an action and return its result as JSON. Raises ValueError for one that does not exist, and domain errors."""
    if action not in _ACTIONS:
        raise ValueError(f"no such action; there are: migrate, {', '.join(_ACTIONS)}")
    dsn = settings.database_url.get_secret_value()
    with psycopg.connect(dsn, row_factory=dict_row, connect_timeout=10) as connection:
        return _ACTIONS[action](connection, settings, request)


def _create(connection: Connection, settings: MigrateSettings, request: Request) -> Request:
    owner = UUID(request["userProfileId"]) if "userProfileId" in request else None
    return issue_key(connection, owner, request.get("name", "default"), settings.user_profiles_table).document


def _reshard(connection: Connection, _settings: MigrateSettings, request: Request) -> Request:
    return {"moved": reshard(connection, int(request["shards"]))}


def _reread(connection: Connection, _settings: MigrateSettings, _request: Request) -> Request:
    return {"putBack": raw_events.put_back(connection)}


def _list(connection: Connection, _settings: MigrateSettings, _request: Request) -> list[Request]:
    return [
        {name: str(value) for name, value in asdict(key).items() if value is not None}
        for key in api_keys.list_all(connection)
    ]


def _revoke(connection: Connection, _settings: MigrateSettings, request: Request) -> Request:
    api_keys.revoke(connection, UUID(request["id"]))
    return {"revoked": request["id"]}


_ACTIONS: dict[str, Callable[[Connection, MigrateSettings, Request], Any]] = {
    "createKey": _create,
    "listKeys": _list,
    "revokeKey": _revoke,
    "reshard": _reshard,
    "rereadMessages": _reread,
}
