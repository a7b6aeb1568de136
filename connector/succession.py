"""What follows the end of a worker: what it received is carried over, its leases are released, another takes its place.

`python -m connector.succession WORKER` does it for a worker that no other one follows at once.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from connector.database_health import DatabaseHealth
from connector.spool.orphans import Orphans
from gateway import telemetry
from gateway.settings import ConnectorSettings
from gateway.store import leases
from gateway.store.database import Database

# By its name: run by itself, the module has another one.
log = logging.getLogger("connector.succession")


def take_place(settings: ConnectorSettings, worker: str, predecessor: str | None, health: DatabaseHealth) -> None:
    """Announce a worker that is starting, and settle what dead ones left.

    By its heartbeat the others leave its share of the shards alone while it loads what it needs. Where the database is
    away nothing is done: what is left is found again before any shard is acquired.
    """
    with _database(settings) as database:
        try:
            with health.asking(), database.transaction() as connection:
                leases.heartbeat(connection, worker)
        except psycopg.Error as error:
            return log.warning("a worker could not be announced", extra={"error": type(error).__name__})
        return _settle(settings, database, predecessor)


def _settle(settings: ConnectorSettings, database: Database, worker: str | None) -> None:
    """Carry over what dead workers of this machine had received, and release the leases of one of them.

    It is reaped, and so acts no more; others would have to wait for its leases. Whoever has the shards next would
    receive newer events before, if what it had received did not come first.
    """
    if not Orphans(settings.spool_directory, database).carry_over() or worker is None:
        return
    try:
        with database.transaction() as connection:
            released = leases.release_worker(connection, worker)
    except psycopg.Error as error:
        log.warning("leases could not be released", extra={"worker": worker, "error": type(error).__name__})
    else:
        if released:
            log.info("released the leases of a dead worker", extra={"worker": worker, "shards": released})


@contextmanager
def _database(settings: ConnectorSettings) -> Iterator[Database]:
    """Yield one connection, for which is waited no longer than for a renewal of leases."""
    dsn, wait = settings.database_url.get_secret_value(), settings.lease_ttl_seconds / 6
    database = Database(dsn, pool_size=1, name="gateway-succession", wait_seconds=wait)
    try:
        yield database
    finally:
        database.close()


def main() -> None:
    telemetry.adopt("connector", "succession")
    logging.getLogger("connector").setLevel(logging.INFO)
    settings = ConnectorSettings()
    with _database(settings) as database:
        _settle(settings, database, sys.argv[1])


if __name__ == "__main__":
    main()
