"""The client of a command, and its errors as exit codes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from gateway.cli.exits import Exit
from gateway.cli.output import printable
from gateway.client import ClientError, Gateway, NotConnected, SessionCannotSend, Unauthenticated, Unreachable

# Of a sentence, which may name what was given; the longest lists of sessions to choose from stay whole.
_LONGEST = 2000
_ADVICE: list[tuple[type[ClientError], Exit, str]] = [
    (Unreachable, Exit.UNREACHABLE, "Is the gateway running? `make up` starts it here; GATEWAY_API_URL names another."),
    (Unauthenticated, Exit.UNAUTHENTICATED, "`gateway keys create` makes a new key; put it into GATEWAY_API_KEY."),
    (SessionCannotSend, Exit.NOT_CONNECTED, "`gateway link` connects it."),
    (NotConnected, Exit.NOT_CONNECTED, "`gateway link` connects it."),
]


def fail(code: Exit, *sentences: str) -> NoReturn:
    """End the command with an exit code and these sentences on stderr, long ones shortened."""
    typer.echo(printable(" ".join(_shortened(sentence) for sentence in sentences)), err=True)
    raise typer.Exit(code)


def _shortened(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST else f"{sentence[:_LONGEST]}…"


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
