"""The gateway that `make up` runs on this machine, as its file says: commands in its clone find all of it."""

from __future__ import annotations

import os
from pathlib import Path

# Lines of NAME=value, which `make up` writes at each start.
FILE = Path(".local/gateway.env")


def variable(name: str, api_url: str | None = None) -> str | None:
    """Return a variable of the environment, else that of the local gateway.

    Nothing of the local gateway is returned where another API is meant, by `api_url` or by GATEWAY_API_URL.
    """
    if given := os.environ.get(name):
        return given
    local = _local()
    meant = api_url or os.environ.get("GATEWAY_API_URL")
    return local.get(name) if meant in (None, local.get("GATEWAY_API_URL")) else None


def _local() -> dict[str, str]:
    try:
        lines = FILE.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {name: value for name, found, value in (line.partition("=") for line in lines) if found}
