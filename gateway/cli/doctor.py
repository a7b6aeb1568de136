"""`gateway doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.cli import checks, local, server, session_checks
from gateway.cli.checks import Finding, State
from gateway.cli.exits import Exit
from gateway.cli.options import KEY_FILE, URL, AsJson, KeyFile, Url
from gateway.cli.output import printable, write_json

_MARKS = {
    State.OK: ("✓", "green"),
    State.WARNING: ("!", "yellow"),
    State.FAILED: ("✗", "red"),
    State.SKIPPED: ("-", "dim"),
}


def doctor(
    connector_url: Annotated[
        str | None,
        typer.Option(
            envvar="GATEWAY_CONNECTOR_URL",
            help=f"The connector's health endpoint; {checks.LOCAL_HEALTH_URL} for an API of this machine.",
        ),
    ] = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Check configuration, database, queues, connector and credentials, and say what to do.

    Exit code 1 when a part of the gateway is at fault. What only needs somebody, such as a number that was unlinked on
    its phone, is a warning.
    """
    console = Console()
    healthy = True
    for finding in _examine(url, key_file, connector_url):
        healthy = healthy and finding.state is not State.FAILED
        if as_json:
            write_json(asdict(finding))
        else:
            _show(console, finding)
    raise typer.Exit(Exit.DONE if healthy else Exit.REFUSED)


def _examine(url: str, key_file: Path, connector_url: str | None) -> Iterator[Finding]:
    yield from checks.configuration(url, key_file)
    api = list(checks.api(url))
    yield from api
    key = checks.key(key_file)
    if key and all(finding.state is not State.FAILED for finding in api if finding.part in ("API", "database")):
        yield from session_checks.sessions(url, key)
    yield from checks.connector(connector_url or local.variable("GATEWAY_CONNECTOR_URL", url), url)
    yield from _database(local.variable("GATEWAY_DATABASE_URL", url))


def _database(dsn: str | None) -> Iterator[Finding]:
    not_checked = "Migrations, leases and credentials were not looked at."
    if not dsn:
        yield checks.skipped("database", not_checked, "Set GATEWAY_DATABASE_URL to look into the database as well.")
    elif not server.is_installed():
        yield checks.skipped("database", not_checked, f"That needs more libraries: {server.INSTALL}")
    else:
        from gateway.cli import database_checks  # what it imports may be missing

        yield from database_checks.database(dsn)


def _show(console: Console, finding: Finding) -> None:
    mark, colour = _MARKS[finding.state]
    line = Text.assemble((mark, colour), " ", (printable(finding.part), "bold"), "  ", printable(finding.text))
    console.print(line, soft_wrap=True)
    if finding.advice:
        console.print(Text(f"    {finding.advice}", style="dim"), soft_wrap=True)
