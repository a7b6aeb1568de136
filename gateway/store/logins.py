"""Passwords of the roles that migrations make: they log in only where a deployment lets them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

_PREFIX = "gateway_"


@dataclass(frozen=True, slots=True)
class Login:
    role: str
    password: str

    @classmethod
    def of(cls, dsn: str) -> Login:
        """The login of a URL; a pooler's `role.project` is the role. Raises ValueError for a role that is not ours."""
        parts = urlsplit(dsn)
        role = unquote(parts.username or "").partition(".")[0]
        if not role.startswith(_PREFIX) or not parts.password:
            raise ValueError("a database URL must name a role of the gateway and its password")
        return cls(role, unquote(parts.password))


def let_in(connection: psycopg.Connection, login: Login) -> None:
    """Let a role log in with its password, of which the server only ever sees the SCRAM verifier."""
    verifier = connection.pgconn.encrypt_password(login.password.encode(), login.role.encode(), b"scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(login.role), sql.Literal(verifier.decode())))
