"""What a start asks of whatsmeow's store: whether it has the device and room, and whether Go has read it yet.

One connection a process, kept open: to open one takes longer (16 to 24 ms with the database beside it) than all that is
asked of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import LiteralString
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg.rows import TupleRow, tuple_row

from connector.whatsapp import devices
from connector.whatsapp.errors import DeviceMissing, StoreCrowded, StoreUnavailable
from gateway.store.connecting import connect

# What Go does between the store's answer and its maps takes well under a millisecond; while the query is prepared and
# not executed yet, its connection looks the same for one round trip.
SETTLED_SECONDS = 0.004

_HAS_READ: LiteralString = """
    SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND state = 'idle' AND query ~ %s
        AND clock_timestamp() - state_change >= make_interval(secs => %s)
"""
# The device, or what comes later; before it whatsmeow looks for its version in the catalogue and in whatsmeow_version.
_READS_DEVICE = "whatsmeow_(?!version)"


class DeviceStore:
    """Thread-safe."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[TupleRow] | None = None

    def dsn_of(self, name: str) -> str:
        """Return the DSN for a client whose reading has_read_device(name) is to recognise."""
        parts = urlsplit(self._dsn)
        query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {"application_name": name}
        return urlunsplit(parts._replace(query=urlencode(query)))

    def require_device(self, device_jid: str) -> None:
        """Raise DeviceMissing where the store does not have the device, StoreUnavailable, StoreCrowded."""
        try:
            found = self._ask(lambda connection: devices.exists(connection, device_jid))
            has_room = self._ask(devices.has_room)
        except psycopg.Error as error:
            raise StoreUnavailable("whatsmeow's store is not available") from error
        if not found:
            raise DeviceMissing("the store does not have this device")
        if not has_room:
            raise StoreCrowded("the connections to whatsmeow's store are needed by the clients that run")

    def has_read_device(self, name: str) -> bool:
        """Return whether the client of dsn_of(name) has the answer to its last question before it dials."""
        try:
            return self._ask(lambda connection: _has_read(connection, name))
        except psycopg.Error:
            return False

    def _ask(self, question: Callable[[psycopg.Connection[TupleRow]], bool]) -> bool:
        """Return the answer; a connection that the server has closed meanwhile is opened once more."""
        with self._lock:
            if self._connection is not None and not self._connection.closed:
                try:
                    return question(self._connection)
                except psycopg.OperationalError:
                    self._connection.close()
            self._connection = connect(self._dsn, tuple_row, autocommit=True)
            return question(self._connection)


def _has_read(connection: psycopg.Connection[TupleRow], name: str) -> bool:
    return connection.execute(_HAS_READ, [name, _READS_DEVICE, SETTLED_SECONDS]).fetchone() is not None


@cache
def device_store(dsn: str) -> DeviceStore:
    """Return the one of this process."""
    return DeviceStore(dsn)
