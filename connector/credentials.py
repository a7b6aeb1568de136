"""whatsmeow's own tables, reached through a small pool of the role that owns them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import ConnectionPool

from connector.whatsapp import devices

POOL_SIZE = 2


class Credentials:
    """`dsn` is what whatsmeow itself is given. Methods raise psycopg.OperationalError while the database is away."""

    def __init__(self, url: str) -> None:
        self.dsn = devices.whatsmeow_dsn(url)
        self._pool: ConnectionPool[psycopg.Connection] = ConnectionPool(
            self.dsn,
            kwargs={"application_name": "gateway-credentials"},
            min_size=0,
            max_size=POOL_SIZE,
            max_idle=30,
            timeout=10,
            reconnect_timeout=10,
            check=ConnectionPool.check_connection,
            open=True,
            name="credentials",
        )

    def migrate(self) -> None:
        """Before the first client of any process. Raises connector.whatsapp.errors.StoreUnavailable."""
        devices.migrate(self.dsn)

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """For the functions of connector.whatsapp.devices."""
        with self._pool.connection() as connection:
            yield connection

    def linked_by(self, pairing_key: bytes) -> str | None:
        """The device that was linked by the code that carried this key, if linking got that far."""
        with self.connection() as connection:
            return devices.find_by_noise_key(connection, pairing_key)

    def sent_as(self, device_jid: str, secret: bytes) -> str | None:
        """The WhatsApp id of the message that carried this secret; None: it was never written to a socket."""
        with self.connection() as connection:
            return devices.secret_row(connection, device_jid, secret)

    def erase(self, device_jid: str) -> None:
        """Forget a device that no client runs."""
        with self.connection() as connection:
            devices.delete(connection, device_jid)
