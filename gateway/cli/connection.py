"""The client of a command, its errors as exit codes, and the session that is meant."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from gateway.cli.exits import Exit
from gateway.cli.output import printable
from gateway.client import ClientError, Gateway, NotConnected, Session, SessionCannotSend, Unauthenticated, Unreachable

_ADVICE: list[tuple[type[ClientError], Exit, str]] = [
    (Unreachable, Exit.UNREACHABLE, "Is the gateway running? `make up` starts it here; GATEWAY_API_URL names another."),
    (Unauthenticated, Exit.UNAUTHENTICATED, "`gateway keys create` makes a new key; put it into GATEWAY_API_KEY."),
    (SessionCannotSend, Exit.NOT_CONNECTED, "`gateway link` connects it."),
    (NotConnected, Exit.NOT_CONNECTED, "`gateway link` connects it."),
]


def fail(code: Exit, *sentences: str) -> NoReturn:
    """End the command with an exit code and these sentences on stderr."""
    typer.echo(printable(" ".join(sentences)), err=True)
    raise typer.Exit(code)


@contextmanager
def connected_gateway(url: str, key_file: Path) -> Iterator[Gateway]:
    """Open the client; its errors end the command with a sentence and an exit code."""
    try:
        with Gateway(url, api_key(key_file)) as gateway:
            yield gateway
    except ClientError as error:
        for kind, code, advice in _ADVICE:
            if isinstance(error, kind):
                fail(code, str(error), advice)
        fail(Exit.REFUSED, str(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None


def api_key(file: Path) -> str:
    """Return GATEWAY_API_KEY, or the key in the file. End the command where there is none."""
    if key := os.environ.get("GATEWAY_API_KEY", "").strip():
        return key
    try:
        return file.read_text().strip()
    except UnicodeDecodeError:
        fail(Exit.USAGE, f"{file} does not hold an API key: it is not a text.")
    except OSError:
        fail(Exit.USAGE, f"There is no API key: set GATEWAY_API_KEY, or put the key into {file}.")


def find_session(gateway: Gateway, name: str | None) -> Session | None:
    """Return the session of this name or id, or the only one; None for none. End the command if there are several."""
    sessions = list(gateway.sessions())
    if name is not None:
        sessions = [session for session in sessions if name in (session.info.session_name, str(session.id))]
    if len(sessions) > 1:
        names = ", ".join(f"{session.info.session_name} ({session.id})" for session in sessions)
        fail(Exit.USAGE, f"Say which session with --session: {names}.")
    return sessions[0] if sessions else None


def require_session(gateway: Gateway, name: str | None) -> Session:
    """Return the session as `find_session` does. End the command where there is none."""
    session = find_session(gateway, name)
    if session is None:
        named = f"no session {name}" if name else "no session"
        fail(Exit.USAGE, f"There is {named}; `gateway link` makes one and links a number to it.")
    return session
