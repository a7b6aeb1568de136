"""The libraries of operators' commands, which a client alone is installed without."""

from __future__ import annotations

from importlib.util import find_spec

import typer

from gateway.cli.connection import fail
from gateway.cli.exits import Exit

INSTALL = "pip install 'whatsapp-gateway[client,server]'"
# What gateway.settings, gateway.store and gateway.telemetry import.
_LIBRARIES = ("aws_lambda_powertools", "psycopg", "psycopg_pool", "pydantic_settings", "uuid_utils", "yoyo")


def is_installed() -> bool:
    """Return whether they are installed, without importing them."""
    return all(find_spec(name) is not None for name in _LIBRARIES)


def refuse(context: typer.Context) -> None:
    """For operators; not installed: it needs whatsapp-gateway[server]."""
    fail(Exit.USAGE, f"`gateway {context.info_name}` needs libraries that are not installed: {INSTALL}")
