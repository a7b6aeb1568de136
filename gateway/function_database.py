"""The database of a function, as its settings say."""

from __future__ import annotations

from gateway.database_settings import FunctionDatabaseSettings
from gateway.store.database import Database


def open_database(settings: FunctionDatabaseSettings, name: str) -> Database:
    """Return it; PostgreSQL knows its connections by `name`. The caller closes it."""
    return Database(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        name=name,
        wait_seconds=settings.database_wait_seconds,
        direct=settings.database_direct,
    )
