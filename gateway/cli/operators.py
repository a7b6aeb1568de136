"""Commands of operators: migrations, API keys, shards, questions, events set aside, messages to be read again.

GATEWAY_DATABASE_URL is a direct connection of the role that owns the gateway's schema; that of `make up` is found.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import psycopg
import typer
from psycopg.rows import dict_row
from pydantic import SecretStr, ValidationError

from gateway.cli import local
from gateway.cli.exits import Exit
from gateway.cli.options import AsJson
from gateway.domain.access import EVERYTHING, Scope
from gateway.domain.errors import GatewayError
from gateway.settings import MigrateSettings
from gateway.store import api_keys, raw_events
from gateway.store import inbox as received
from gateway.store.connecting import connect
from gateway.store.database import Connection
from gateway.store.maintenance.diagnosis import sessions_without_owner
from gateway.store.maintenance.key_management import GRACE_SECONDS, IssuedKey, describe, issue_key, rotate_key
from gateway.store.maintenance.questions import Question, ask
from gateway.store.maintenance.reprocessing import retry_set_aside
from gateway.store.maintenance.resharding import reshard as move_sessions
from gateway.store.maintenance.restoring import settle
from gateway.store.schema import migrate as apply_migrations
from gateway.telemetry import redact

keys = typer.Typer(no_args_is_help=True, help="API keys: shown once when made, revocable at any time.")
inbox = typer.Typer(no_args_is_help=True, help="Received events that could not be processed and were set aside.")
OfSession = Annotated[UUID | None, typer.Option("--session", help="Only of the session with this id.")]

_SHOWN_EVENTS = 1000
_LOOK_SECONDS = 0.5

messages = typer.Typer(no_args_is_help=True, help="Messages as they were received.")


def _settings() -> MigrateSettings:
    """Return the settings of the environment; the database is that of `make up` where they name none."""
    try:
        return MigrateSettings()
    except ValidationError:
        if url := local.variable("GATEWAY_DATABASE_URL"):
            return MigrateSettings(database_url=SecretStr(url))
    typer.echo(
        "Set GATEWAY_DATABASE_URL to the gateway's database, such as postgresql://user:…@host/name. "
        "In the clone of a `make up` with a database of its own it is found.",
        err=True,
    )
    raise typer.Exit(Exit.USAGE)


@contextmanager
def _transaction() -> Iterator[Connection]:
    """A transaction whose failures are told in a sentence and end the command."""
    settings = _settings()
    try:
        with connect(settings.database_url.get_secret_value(), dict_row) as connection:
            yield connection
    except (psycopg.Error, GatewayError) as error:
        typer.echo(redact(str(error)).strip(), err=True)
        raise typer.Exit(1) from None
    except UnicodeEncodeError:
        typer.echo("A text is not valid Unicode.", err=True)
        raise typer.Exit(1) from None


@messages.command("reread")
def reread() -> None:
    """Read messages of unknown kinds again, from the events that are kept; after a release that knows more of them."""
    with _transaction() as connection:
        count = raw_events.put_back(connection)
    typer.echo(f"{count} messages are read again by the owners of their sessions")


def migrate() -> None:
    """Bring the database to this version; safe to run again, and from several places at once."""
    settings = _settings()
    try:
        applied = apply_migrations(settings.database_url.get_secret_value(), settings.user_profiles_table)
    except (psycopg.Error, TimeoutError) as error:
        typer.echo(f"The migration failed: {redact(str(error)).strip()}", err=True)
        raise typer.Exit(1) from None
    typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


def reshard(
    shards: Annotated[int, typer.Argument(min=1, max=1024, help="How many there are: GATEWAY_SHARDS everywhere.")],
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait until each session has an owner again.")] = 120.0,
) -> None:
    """Move sessions to their shards when the number of shards changes, while everything runs; safe to run again."""
    with _transaction() as connection:
        moved = move_sessions(connection, shards)
    typer.echo(f"{moved} sessions have moved")
    until = time.monotonic() + wait
    while waiting := _without_owner():
        if time.monotonic() > until:
            typer.echo(f"{waiting} sessions have no owner: do connectors run, with {shards} shards?", err=True)
            raise typer.Exit(1)
        typer.echo(f"{waiting} sessions wait for their new owners")
        time.sleep(_LOOK_SECONDS)
    typer.echo("each session that is to be connected has an owner")


def _without_owner() -> int:
    with _transaction() as connection:
        return sessions_without_owner(connection)


def settle_restored() -> None:
    """After a restore, before a connector runs: end what waited in the backup and may have left since."""
    with _transaction() as connection:
        ended = settle(connection)
    unknown = f"{ended['sends']} sends and {ended['operations']} operations are unknown"
    typer.echo(f"{unknown}, {ended['turns']} turns have ended")


def diagnose(question: Annotated[Question, typer.Argument(help="What to ask; it changes nothing.")]) -> None:
    """Look into the database by a named question; each row is a line of JSON, without texts, keys or numbers."""
    with _transaction() as connection:
        rows = ask(connection, question)
    for row in rows:
        typer.echo(json.dumps(row))


@keys.command("create")
def create_key(
    user: Annotated[
        UUID | None, typer.Option(help="Make a user key, for this user_profile_id; an app key where omitted.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "default",
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it may do; repeat for several. Where omitted all, a user key all but admin."),
    ] = None,
    session: Annotated[
        list[UUID] | None, typer.Option(help="Limit it to the session with this id; repeat for several.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it this once: an app key acts for every user profile, a user key for one."""
    with _transaction() as connection:
        table = _settings().user_profiles_table
        made = issue_key(connection, user, name, table, scopes=scope or (), session_ids=session or ())
    _show_issued(made, as_json=as_json)


@keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Every key with its last use; never the key itself."""
    with _transaction() as connection:
        rows = api_keys.page(connection, EVERYTHING)
    if as_json:
        typer.echo(json.dumps([describe(key) for key in rows]))
        return
    for key in rows:
        state = "revoked" if key.revoked_at else "ended" if key.has_ended else "active"
        kind = "user" if key.user_profile_id else "app"
        typer.echo(
            f"{key.id}  {key.prefix}…  {state:8}  {kind:4}  {','.join(key.scopes):22}"
            f"  last used {_when(key.last_used_at)}  {key.name}"
        )


@keys.command("rotate")
def replace_key(
    key_id: Annotated[UUID, typer.Argument(help="The id that `keys list` shows.")],
    grace: Annotated[float, typer.Option(min=0, help="Seconds for which the old one lives on.")] = GRACE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Make a key with the same rights and show it this once; the old one ends."""
    with _transaction() as connection:
        made = rotate_key(connection, key_id, grace)
    _show_issued(made, as_json=as_json)


@keys.command("revoke")
def revoke_key(key_id: Annotated[UUID, typer.Argument(help="The id that `keys list` shows.")]) -> None:
    """Refuse a key from now on."""
    with _transaction() as connection:
        api_keys.revoke(connection, EVERYTHING, key_id)
    typer.echo("revoked")


@inbox.command("list")
def list_inbox(session: OfSession = None, as_json: AsJson = False) -> None:
    """What was set aside, oldest first, and by which error; never its contents."""
    with _transaction() as connection:
        found = received.list_set_aside(connection, session, _SHOWN_EVENTS)
    if as_json:
        typer.echo(json.dumps([asdict(event) for event in found], default=str))
        return
    for event in found:
        typer.echo(f"{event.session_id}  {_when(event.received_at)}  {event.kind:20}  {event.error}")


@inbox.command("retry")
def retry_inbox(session: OfSession = None) -> None:
    """Process all of it again in its order, after a release that mends what was wrong."""
    with _transaction() as connection:
        count = retry_set_aside(connection, session)
    typer.echo(f"{count} events are in the inbox again")


def _show_issued(made: IssuedKey, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(made.document))
        return
    typer.echo(f"id       {made.row.id}\nuser     {made.row.user_profile_id or 'every one (an app key)'}")
    typer.echo(f"scopes   {', '.join(made.row.scopes)}\nkey      {made.text}")
    typer.echo("Keep it now: it cannot be shown again.")


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"
