"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import local
from gateway.client.configuration import DEFAULT_URL

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")]
Url = Annotated[str, typer.Option("--url", envvar="GATEWAY_API_URL", help="Where the API is.")]
KeyFile = Annotated[Path, typer.Option("--key-file", help="Holds the API key where GATEWAY_API_KEY is not set.")]
SessionName = Annotated[
    str | None,
    typer.Option("--session", "-s", help="The session's name, number or short id; not needed where there is one."),
]
WhichSession = Annotated[
    str | None,
    typer.Argument(metavar="[SESSION]", help="Its name, number or short id; not needed where there is one."),
]

# Of everything that is counted: more than anybody has.
MOST = 1_000_000_000
URL = local.variable("GATEWAY_API_URL") or DEFAULT_URL
# Where `make up` leaves the key it made.
KEY_FILE = Path(".local/api-key")
