"""How the database roles that migrations create may log in: their passwords, and how often at once."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

WHATSMEOW_ROLE = "gateway_whatsmeow"
_PREFIX = "gateway_"
_UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class Login:
    """A role and its password."""

    role: str
    password: str

    @classmethod
    def of(cls, dsn: str) -> Login:
        """Return the login in a database URL. Raises ValueError for a role that is not the gateway's.

        A pooler's user name has the form `role.project`.
        """
        parts = urlsplit(dsn)
        role = unquote(parts.username or "").partition(".")[0]
        if not role.startswith(_PREFIX) or not parts.password:
            raise ValueError("a database URL must name a role of the gateway and its password")
        return cls(role, unquote(parts.password))


def enable_login(connection: psycopg.Connection, login: Login) -> None:
    """Let a role log in with its password; the server is sent only the SCRAM verifier of it."""
    verifier = connection.pgconn.encrypt_password(login.password.encode(), login.role.encode(), b"scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(login.role), sql.Literal(verifier.decode())))


def limit_connections(connection: psycopg.Connection, role: str, limit: int | None) -> None:
    """Bound how many connections a role may have at once; None: as many as the server has. Open ones stay."""
    statement = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}")
    bound = _UNLIMITED if limit is None else limit
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(bound)))
