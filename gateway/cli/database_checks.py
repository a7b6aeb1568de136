"""What `gateway doctor` reads from the database itself. Needs what [server] installs."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg.rows import dict_row

from gateway.cli.checks import Finding, failed, ok, skipped, warning
from gateway.store import schema
from gateway.store.connecting import connect
from gateway.store.maintenance import diagnosis
from gateway.telemetry import redact

# As many of a kind are named.
_EACH = 10


def database(dsn: str) -> Iterator[Finding]:
    """Check migrations, leases and credentials; needs the role that owns the gateway's schema."""
    try:
        missing = schema.pending(dsn)
        if missing:
            yield failed("database", f"Not migrated: {', '.join(missing)}.", "`gateway migrate`")
            return
        yield ok("database", "Every migration is applied.")
        with connect(dsn, dict_row) as connection:
            yield from _rows(connection)
    except psycopg.errors.InsufficientPrivilege:
        yield skipped("database", "This role may not see everything.", "Use the role that owns the gateway's schema.")
    except psycopg.Error as error:
        advice = "Is it up, and GATEWAY_DATABASE_URL right?"
        yield failed("database", redact(str(error)).strip().splitlines()[0], advice)
    except UnicodeEncodeError:
        yield failed("database", "Its address is not valid Unicode.", "Is GATEWAY_DATABASE_URL right?")


def _rows(connection: psycopg.Connection[dict[str, object]]) -> Iterator[Finding]:
    workers = diagnosis.live_workers(connection)
    if orphans := diagnosis.sessions_without_owner(connection):
        yield failed(
            "connector", f"{orphans} sessions are run by nobody; {workers} workers live.", "Start a connector."
        )
    else:
        yield ok("connector", f"{workers} workers live; every session has an owner.")
    if overdue := diagnosis.overdue_commands(connection):
        yield warning("connector", f"{overdue} commands have been waiting for a minute.", "See the connector's log.")
    if unprocessed := diagnosis.events_set_aside(connection):
        yield warning(
            "inbox", f"{unprocessed} received events were set aside.", "After an update: `gateway inbox retry`."
        )
    lost = list(diagnosis.sessions_without_credentials(connection))
    for name in lost[:_EACH]:
        advice = "Log it out and link it again."
        yield failed(f"session {name}", "It is linked, but its credentials are not in the database.", advice)
    if len(lost) > _EACH:
        yield failed("sessions", f"{len(lost) - _EACH} more have no credentials.", "Was a backup restored in part?")
