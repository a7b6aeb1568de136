"""`gateway disconnect`, `logout`, `rename` and `delete`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway.cli.choosing import require_session
from gateway.cli.connection import connected_gateway, fail
from gateway.cli.exits import Exit
from gateway.cli.options import KEY_FILE, URL, KeyFile, Url, WhichSession
from gateway.cli.output import printable
from gateway.client import Session


def disconnect(session: WhichSession = None, url: Url = URL, key_file: KeyFile = KEY_FILE) -> None:
    """End the connection and keep the link: `gateway link` connects again without a code."""
    with connected_gateway(url, key_file) as gateway:
        chosen = require_session(gateway, session)
        chosen.disconnect()
    _say(chosen, "is being disconnected; its number stays linked.")


def logout(session: WhichSession = None, url: Url = URL, key_file: KeyFile = KEY_FILE) -> None:
    """Unlink the number; its messages stay."""
    with connected_gateway(url, key_file) as gateway:
        chosen = require_session(gateway, session)
        chosen.logout()
    _say(chosen, "is being logged out; its messages stay.")


def rename(
    session: Annotated[str, typer.Argument(help="Its name, number or short id.")],
    name: Annotated[str, typer.Argument(help="The new name.")],
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Give a session another name."""
    with connected_gateway(url, key_file) as gateway:
        chosen = require_session(gateway, session)
        before = chosen.info.session_name
        chosen.change(session_name=name)
    typer.echo(printable(f"{before} is called {chosen.info.session_name} now."))


def delete(
    session: WhichSession = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Delete a session with all its messages, and unlink its number."""
    with connected_gateway(url, key_file) as gateway:
        chosen = require_session(gateway, session)
        if not yes:
            _ask(chosen)
        chosen.delete()
    _say(chosen, "is deleted.")


def _ask(session: Session) -> None:
    """End the command unless somebody says yes."""
    if not sys.stdin.isatty():
        fail(Exit.USAGE, "Nobody can be asked here: say --yes to delete it.")
    number = f" and unlink {session.info.phone_number}" if session.info.phone_number else ""
    question = f"Delete {session.info.session_name} with all its messages{number}? This cannot be undone."
    if not typer.confirm(printable(question)):
        fail(Exit.REFUSED, "Nothing was deleted.")


def _say(session: Session, what: str) -> None:
    typer.echo(printable(f"{session.info.session_name} {what}"))
