"""What `make up` prepares: an app key and two virtual phones, made once, and the file of addresses for commands."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from gateway.domain.errors import Unauthenticated
from gateway.store import api_keys
from gateway.store.ids import new_id
from gateway.store.maintenance.key_management import issue_key
from gateway.store.schema import DEFAULT_USER_PROFILES
from infra.local.ports import LOOPBACK
from infra.local.settings import UpSettings
from infra.local.whatsapp.client import WhatsAppControl


@dataclass(frozen=True, slots=True)
class Phone:
    number: str
    name: str


# Ofcom reserves these numbers for fiction.
PHONES = (Phone("+447700900101", "Landlord"), Phone("+447700900102", "Tenant"))


def api_key(file: Path, database: str) -> str:
    """Return the key in `file` when the database knows it, else a new one, which only the file's owner can read."""
    if file.exists():
        text = file.read_text().strip()
        if _is_known(text, database):
            return text
        file.unlink()
    text = new_app_key(database, "make up")
    write_secret(file, text)
    return text


def new_app_key(database: str, name: str) -> str:
    """Return a new app key; `database` is the URL of a role that owns the schema."""
    with psycopg.connect(database, row_factory=dict_row, connect_timeout=5) as connection:
        return issue_key(connection, None, name, DEFAULT_USER_PROFILES).text


def new_user_key(database: str, name: str) -> str:
    """Return a key of a new user; `database` is the URL of a role that owns the schema."""
    with psycopg.connect(database, row_factory=dict_row, connect_timeout=5) as connection:
        return issue_key(connection, new_id(), name, DEFAULT_USER_PROFILES).text


def write_addresses(settings: UpSettings, database: str) -> None:
    """Leave for the commands in this clone where everything is; a database of the user's own is not written down."""
    addresses = {
        "GATEWAY_API_URL": settings.api_url,
        "GATEWAY_EXPLORER_URL": settings.explorer_url,
        "GATEWAY_CONNECTOR_URL": f"http://{LOOPBACK}:{settings.health_port}/health",
        **({"GATEWAY_DATABASE_URL": database} if settings.database_url is None else {}),
    }
    file = settings.directory / "gateway.env"
    file.unlink(missing_ok=True)
    write_secret(file, "".join(f"{name}={value}\n" for name, value in addresses.items()))


def _is_known(text: str, database: str) -> bool:
    with psycopg.connect(database, row_factory=dict_row, connect_timeout=5) as connection:
        try:
            api_keys.authenticate(connection, text)
        except Unauthenticated:
            return False
    return True


def write_secret(file: Path, text: str) -> None:
    """Write a new file that only its owner can read; raise FileExistsError."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)


def virtual_phones(whatsapp_url: str) -> list[Phone]:
    """Return all phones of the local WhatsApp server, after creating the first two where it has none.

    Raise ControlRefused or httpx.TransportError.
    """
    with WhatsAppControl(whatsapp_url) as control:
        if not control.phones():
            for phone in PHONES:
                control.create_phone(phone.number, phone.name)
        return [Phone(entry["number"], entry["name"]) for entry in control.phones()]


def kept_key(file: Path) -> str:
    """Return the random key of this machine that is made once and kept in `file`."""
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(32))
    return file.read_text()
