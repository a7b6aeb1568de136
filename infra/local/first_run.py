"""What a newcomer finds ready: an API key and two virtual phones, made once."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import dict_row

from gateway.domain.errors import Unauthenticated
from gateway.store import api_keys, users
from gateway.store.ids import new_id
from gateway.store.schema import DEFAULT_USER_PROFILES


@dataclass(frozen=True, slots=True)
class Phone:
    number: str
    name: str


# Ofcom keeps these numbers for fiction.
PHONES = (Phone("+447700900101", "Landlord"), Phone("+447700900102", "Tenant"))


def api_key(file: Path, database: str) -> str:
    """The key in `file` when the database knows it, else a new one, kept there readable by its owner only."""
    if file.exists():
        text = file.read_text().strip()
        if _is_known(text, database):
            return text
        file.unlink()
    text = new_api_key(database, "make up")
    write_secret(file, text)
    return text


def new_api_key(database: str, name: str) -> str:
    """A key of a new user; `database` is that of a role that owns the schema."""
    with psycopg.connect(database, row_factory=dict_row, connect_timeout=5) as connection:
        owner = new_id()
        users.ensure(connection, owner, DEFAULT_USER_PROFILES)
        _, text = api_keys.create(connection, owner, name)
    return text


def _is_known(text: str, database: str) -> bool:
    with psycopg.connect(database, row_factory=dict_row, connect_timeout=5) as connection:
        try:
            api_keys.authenticate(connection, text)
        except Unauthenticated:
            return False
    return True


def write_secret(file: Path, text: str) -> None:
    """Raises FileExistsError."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)


def virtual_phones(whatsapp_url: str) -> list[Phone]:
    """All phones of the local WhatsApp server, after making the first two where it has none."""
    known = _phones(whatsapp_url)
    for phone in PHONES if not known else ():
        _call(whatsapp_url, "POST", {"number": phone.number, "name": phone.name})
    return known or _phones(whatsapp_url)


def _phones(whatsapp_url: str) -> list[Phone]:
    return [Phone(entry["number"], entry["name"]) for entry in _call(whatsapp_url, "GET")["phones"]]


def _call(whatsapp_url: str, method: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401
    address = urlsplit(whatsapp_url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request(method, "/phones", json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        if answer.status >= 400:
            raise ConnectionError(f"the WhatsApp server answered {answer.status} to {method} /phones")
        return json.loads(answer.read())
    finally:
        connection.close()
