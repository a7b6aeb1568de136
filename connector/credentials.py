"""whatsmeow's own tables, reached through a small pool of the role that owns them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import ConnectionPool

from connector.whatsapp import devices
from connector.whatsapp.devices import SavedContact
from connector.whatsapp.message_secrets import MessageSecret
from gateway.domain.phone import Address
from gateway.store.connecting import SOCKET_OPTIONS
from gateway.store.losses import DeliveredMessage

POOL_SIZE = 2


class Credentials:
    """`dsn` is what whatsmeow itself is given. Methods raise psycopg.OperationalError while the database is away."""

    def __init__(self, url: str) -> None:
        self.dsn = devices.whatsmeow_dsn(url)
        self._pool: ConnectionPool[psycopg.Connection] = ConnectionPool(
            self.dsn,
            kwargs={"application_name": "gateway-credentials", **SOCKET_OPTIONS},
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
        """Bring the tables up to date, before the first client of any process. Raises StoreUnavailable."""
        devices.migrate(self.dsn)

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """Lend a connection to the functions of connector.whatsapp.devices."""
        with self._pool.connection() as connection:
            yield connection

    def device_paired_by(self, pairing_key: bytes) -> str | None:
        """Return the JID of the device linked by the code with this key; None if linking did not get that far."""
        with self.connection() as connection:
            return devices.find_by_noise_key(connection, pairing_key)

    def whatsapp_id_of(self, device_jid: str, secret: bytes) -> str | None:
        """Return the id of the message with this secret; None means that it was never written to a socket."""
        with self.connection() as connection:
            return devices.find_message_id(connection, device_jid, secret)

    def secrets_of(self, device_jid: str, message_id: str) -> list[MessageSecret]:
        """Return the secrets of the device's messages with this id."""
        with self.connection() as connection:
            return devices.secrets_of(connection, device_jid, message_id)

    def forget_secrets(self, device_jid: str, days: float) -> int:
        """Delete the secrets of messages that the device has had for longer than that. Return how many."""
        with self.connection() as connection:
            return devices.forget_secrets(connection, device_jid, days)

    def watermark(self) -> str:
        """Return this point in the store's history, for delivered_since()."""
        with self.connection() as connection:
            return devices.watermark(connection)

    def delivered_since(self, device_jid: str, watermark: str) -> list[DeliveredMessage]:
        """Return what others sent to the device since then, stored by us or not, as far as it carried a secret."""
        with self.connection() as connection:
            rows = list(devices.secrets_since(connection, device_jid, watermark))
        return [DeliveredMessage(row.message_id, row.chat_jid, row.sender_jid) for row in rows if not row.is_from_me]

    def saved_contact(self, device_jid: str, address: Address) -> Address | None:
        """Return both forms of an address that is in the address book of the device's phone; None where it is not."""
        with self.connection() as connection:
            found = devices.saved_contact(connection, device_jid, address.lid, address.phone_number)
        return Address(*found) if found else None

    def address_book(self, device_jid: str) -> list[SavedContact]:
        """Return who is in the address book of the device's phone."""
        with self.connection() as connection:
            return devices.address_book(connection, device_jid)

    def number_answered(self, lid: str) -> str | None:
        """Return the E.164 number that came with a LID when WhatsApp was asked for a number a moment ago."""
        with self.connection() as connection:
            return devices.number_answered(connection, lid)

    def erase(self, device_jid: str) -> None:
        """Delete a device that no client runs."""
        with self.connection() as connection:
            devices.delete(connection, device_jid)
