"""One run of a linked device's client, from its start until Go has let go of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from connector.whatsapp.client import Callbacks, Client
from connector.whatsapp.connection import (
    Connected,
    ConnectionEvent,
    Disconnected,
    KeepAliveTimeout,
    OfflineSyncCompleted,
    decode_connection_event,
)
from connector.whatsapp.errors import StoreUnavailable, WhatsAppError
from connector.whatsapp.events import is_durable
from gateway.settings import ConnectorSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClientEnded:
    """The client ended by itself."""

    error: WhatsAppError | None


@dataclass(frozen=True, slots=True)
class ClientRunEvent:
    """What happened to a link; notes of an earlier link are recognised by it."""

    link: ClientRun
    event: ConnectionEvent | ClientEnded


@dataclass(frozen=True, slots=True)
class ClientRunCallbacks:
    """`note` gets what happens to the connection, `store` each received event: kind and payload.

    `store` raises psycopg.OperationalError while the database is away.
    """

    note: Callable[[ClientRunEvent], None]
    store: Callable[[str, bytes], None]


class ClientRun:
    """Received events are stored before anything looks at them; Go waits while they cannot be."""

    def __init__(self, dsn: str, device_jid: str, settings: ConnectorSettings, ears: ClientRunCallbacks) -> None:
        self.device_jid = device_jid
        self._settings = settings
        self._ears = ears
        self._closed = threading.Event()
        self._hung_up_at: float | None = None
        self._ended = threading.Event()
        self._connected_at: float | None = None
        self._synced_at: float | None = None
        self._storing = False
        self._stored_at = self._paused_at = time.monotonic()
        self.client = Client(dsn, device_jid, Callbacks(self._on_event, on_end=self._on_end))

    def open(self) -> None:
        """Returns at the first sign of life, at most 2 s later. Raises DeviceMissing, StoreUnavailable."""
        try:
            self.client.start()
        except WhatsAppError:
            self._closed.set()
            self._ended.set()
            raise

    @property
    def connected(self) -> bool:
        return self._connected_at is not None

    @property
    def send_delay(self) -> float | None:
        """Seconds until messages may be sent: what waited at WhatsApp comes first. None while not connected."""
        connected_at = self._connected_at
        if connected_at is None or self._closed.is_set():
            return None
        if self._synced_at is not None:
            return 0.0
        return max(connected_at + self._settings.offline_sync_seconds - time.monotonic(), 0.0)

    @property
    def synced(self) -> bool:
        """Whether all that waited at WhatsApp has come; messages that were overtaken by this news included."""
        synced_at = self._synced_at
        return synced_at is not None and synced_at < time.monotonic() - self._settings.idle_seconds and self.connected

    @property
    def stored_at(self) -> float:
        """When the last event was stored, on time.monotonic()."""
        return self._stored_at

    @property
    def paused_at(self) -> float:
        """The last moment at which Go is known to have held nothing: events pause only when it has none left."""
        now = time.monotonic()
        return now if self._is_pause(now) else self._paused_at

    @property
    def ended(self) -> bool:
        """Whether Go has let go: only then may another client run the same device."""
        return self._ended.is_set()

    @property
    def hung_up_seconds(self) -> float:
        """For how long the socket has been closed by us."""
        return time.monotonic() - self._hung_up_at if self._hung_up_at is not None else 0.0

    def hang_up(self) -> None:
        """Close the socket now; what Go still holds is stored in the background, then the client ends."""
        if not self._closed.is_set():
            self._hung_up_at = time.monotonic()
            self._closed.set()
            self._connected_at = None
            self.client.disconnect()
            threading.Thread(target=self._drain, name="drain", daemon=True).start()

    def suspend(self) -> None:
        """Hang up because nothing can be stored any more."""
        if not self._closed.is_set():
            self._ears.note(ClientRunEvent(self, ClientEnded(StoreUnavailable("the database is away"))))
            self.hang_up()

    def close(self, patience: float) -> bool:
        """Hang up and wait until everything is stored and the client has ended; False after `patience` seconds."""
        self.hang_up()
        return self._ended.wait(patience)

    def _drain(self) -> None:
        """A client that had not begun when it was hung up begins later; it is hung up again then."""
        while not self._ended.is_set():
            self.client.disconnect()
            if self.client.wait_idle(self._settings.idle_seconds, self._settings.drain_seconds):
                self.client.stop(timeout=self._settings.idle_seconds)

    def _on_event(self, kind: str, payload: bytes) -> None:
        """On the client's own thread; what it raises for a durable kind makes the binding call again."""
        if is_durable(kind):
            return self._store(kind, payload)
        event = decode_connection_event(kind, payload)
        self._track(event)
        if not self._closed.is_set():
            self._ears.note(ClientRunEvent(self, event))

    def _store(self, kind: str, payload: bytes) -> None:
        self._paused_at = self.paused_at
        self._storing = True
        try:
            self._ears.store(kind, payload)
        except psycopg.OperationalError:
            # What comes next could not be decrypted either; this event is kept and tried again by the binding.
            threading.Thread(target=self.suspend, name="suspend", daemon=True).start()
            raise
        self._stored_at = time.monotonic()
        self._storing = False

    def _is_pause(self, now: float) -> bool:
        return not self._storing and now - self._stored_at >= self._settings.idle_seconds

    def _track(self, event: ConnectionEvent) -> None:
        match event:
            case Connected():
                self._connected_at = time.monotonic()
            case OfflineSyncCompleted():
                # Now and then it overtakes Connected.
                self._synced_at = time.monotonic()
            case Disconnected() | KeepAliveTimeout():
                self._connected_at = None
                self._synced_at = None
            case _:
                pass

    def _on_end(self, error: WhatsAppError | None) -> None:
        self._connected_at = None
        self._ended.set()
        if not self._closed.is_set():
            self._ears.note(ClientRunEvent(self, ClientEnded(error)))
