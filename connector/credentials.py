"""whatsmeow's own tables, reached through a small pool of the role that owns them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import ConnectionPool

from connector.whatsapp import devices
from gateway.domain.phone import Address
from gateway.store.incoming import Lost

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
            return devices.find_message_id(connection, device_jid, secret)

    def watermark(self) -> str:
        """This point in the store's history, for delivered_since()."""
        with self.connection() as connection:
            return devices.watermark(connection)

    def delivered_since(self, device_jid: str, watermark: str) -> list[Lost]:
        """What others sent to the device since then, stored by us or not, as far as it carried a secret."""
        with self.connection() as connection:
            rows = list(devices.secrets_since(connection, device_jid, watermark))
        return [Lost(row.message_id, row.chat_jid, row.sender_jid) for row in rows if not row.is_from_me]

    def complete(self, address: Address) -> Address:
        """With the other form of the address, where whatsmeow knows it."""
        if (address.lid and address.phone_number) or not (address.lid or address.phone_number):
            return address
        with self.connection() as connection:
            if address.lid:
                return Address(address.lid, devices.phone_for(connection, address.lid))
            return Address(devices.lid_for(connection, address.phone_number or ""), address.phone_number)

    def erase(self, device_jid: str) -> None:
        """Forget a device that no client runs."""
        with self.connection() as connection:
            devices.delete(connection, device_jid)
