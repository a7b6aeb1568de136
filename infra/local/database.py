"""The gateway's database on one machine: migrated, with a login for each role the migrations create."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from gateway.store.schema import migrate

FUNCTIONS_ROLE = "gateway_functions"
CONNECTOR_ROLE = "gateway_connector"
WHATSMEOW_ROLE = "gateway_whatsmeow"
REPLIES_ROLE = "gateway_replies"
SWEEPER_ROLE = "gateway_sweeper"
WEBHOOKS_ROLE = "gateway_webhooks"
MEDIA_ROLE = "gateway_media"
ROLES = (FUNCTIONS_ROLE, CONNECTOR_ROLE, WHATSMEOW_ROLE, REPLIES_ROLE, SWEEPER_ROLE, WEBHOOKS_ROLE, MEDIA_ROLE)
_DIRECT = {"GATEWAY_DATABASE_DIRECT": "true"}


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """The URL of one database for each of its roles; `admin` may migrate."""

    admin: str
    functions: str
    connector: str
    whatsmeow: str
    replies: str
    sweeper: str
    webhooks: str
    media: str

    @classmethod
    def of(cls, admin: str, password: str) -> DatabaseUrls:
        """Return the URLs of the database whose postgresql:// URI is `admin`; the roles share `password`."""
        whatsmeow = _as_role(admin, WHATSMEOW_ROLE, password)
        separator = "&" if urlsplit(whatsmeow).query else "?"
        return cls(
            admin,
            _as_role(admin, FUNCTIONS_ROLE, password),
            _as_role(admin, CONNECTOR_ROLE, password),
            f"{whatsmeow}{separator}connect_timeout=5",
            _as_role(admin, REPLIES_ROLE, password),
            _as_role(admin, SWEEPER_ROLE, password),
            _as_role(admin, WEBHOOKS_ROLE, password),
            _as_role(admin, MEDIA_ROLE, password),
        )

    @property
    def name(self) -> str:
        return urlsplit(self.admin).path.removeprefix("/")

    @property
    def functions_environment(self) -> dict[str, str]:
        return {"GATEWAY_DATABASE_URL": self.functions, **_DIRECT}

    @property
    def replies_environment(self) -> dict[str, str]:
        return {"GATEWAY_DATABASE_URL": self.replies, **_DIRECT}

    @property
    def sweeper_environment(self) -> dict[str, str]:
        return {"GATEWAY_DATABASE_URL": self.sweeper}

    @property
    def webhooks_environment(self) -> dict[str, str]:
        return {"GATEWAY_DATABASE_URL": self.webhooks, **_DIRECT}

    @property
    def media_environment(self) -> dict[str, str]:
        return {"GATEWAY_DATABASE_URL": self.media, **_DIRECT}

    @property
    def connector_environment(self) -> dict[str, str]:
        return {"GATEWAY_DATABASE_URL": self.connector, "GATEWAY_WHATSMEOW_DATABASE_URL": self.whatsmeow}


def create_database(server: str, name: str, template: str = "template1") -> None:
    """Create a database unless it exists; `server` is any database of the same server."""
    with psycopg.connect(server, autocommit=True, connect_timeout=10) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def prepare_database(admin: str, password: str) -> list[str]:
    """Apply the migrations that are missing, and let the roles log in; return the names of those migrations."""
    applied = migrate(admin)
    with psycopg.connect(admin, autocommit=True, connect_timeout=10) as connection:
        for role in ROLES:
            statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
    return applied


def _as_role(uri: str, role: str, password: str) -> str:
    parts = urlsplit(uri)
    address = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role}:{quote(password, safe='')}@{address}").geturl()
