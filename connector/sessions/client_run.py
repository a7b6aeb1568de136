"""One run of a linked device's client, from its start until Go has ended it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from google.protobuf.message import DecodeError

from connector.sessions.heard_presence import HeardPresence
from connector.sessions.subscriptions import MESSAGES_ALONE, Subscriptions
from connector.whatsapp.client import Callbacks, Client
from connector.whatsapp.connection import (
    Connected,
    ConnectionEvent,
    Disconnected,
    KeepAliveTimeout,
    OfflineSyncCompleted,
    decode_connection_event,
)
from connector.whatsapp.errors import ClientGone, StoreUnavailable, WhatsAppError
from connector.whatsapp.events import HISTORY_KIND, is_durable
from connector.whatsapp.history_pieces import split
from connector.whatsapp.presence_events import PRESENCE_KINDS, decode_presence_event
from gateway.correlation import about_session
from gateway.settings import ConnectorSettings
from gateway.store.spools import HISTORY_PIECE

log = logging.getLogger(__name__)

# Takes device JID, kind and payload of a received event, and returns once they outlive this process.
StoreEvent = Callable[[str, str, bytes], None]


@dataclass(frozen=True, slots=True)
class ClientEnded:
    """The client ended by itself."""

    error: WhatsAppError | None


@dataclass(frozen=True, slots=True)
class ClientRunEvent:
    """What happened to the connection of a run; events of an earlier run are recognised by it."""

    run: ClientRun
    event: ConnectionEvent | ClientEnded


class ClientRun:
    """Received events are stored before anything reads them; Go waits while they cannot be."""

    def __init__(
        self,
        session_id: UUID,
        device_jid: str,
        dsn: str,
        settings: ConnectorSettings,
        *,
        send: Callable[[ClientRunEvent], None],
        store: StoreEvent,
        subscriptions: Subscriptions = MESSAGES_ALONE,
    ) -> None:
        self.device_jid = device_jid
        self.subscriptions = subscriptions
        self.presence = HeardPresence()
        self._session_id = session_id
        self._settings = settings
        self._send = send
        self._store = store
        self._closed = threading.Event()
        self._closed_at: float | None = None
        self._ended = threading.Event()
        self._ending = threading.Lock()
        self._told_of_end: list[Callable[[], None]] = []
        self._connected_at: float | None = None
        self._synced_at: float | None = None
        self._storing = False
        self._stored_at = self._paused_at = time.monotonic()
        callbacks = Callbacks(self._on_event, on_end=self._on_end)
        self.client = Client(dsn, device_jid, callbacks, optional=subscriptions.kinds)

    def open(self, require_wish: Callable[[], None], require_allowed: Callable[[], None]) -> None:
        """Start the client when its turn comes. Raises DeviceMissing, StoreUnavailable, ClientGone.

        What `require_wish`, which may ask the database, and then `require_allowed` raise, or that the socket was closed
        meanwhile, cancels the start.
        """

        def require_open() -> None:
            if self._closed.is_set():
                raise ClientGone("the socket was closed before the client started")
            require_allowed()

        try:
            self.client.start(require_wish=require_wish, require_allowed=require_open)
        except Exception:
            self._closed.set()
            self._tell_of_end()
            raise

    @property
    def connected(self) -> bool:
        return self._connected_at is not None

    @property
    def connected_at(self) -> float | None:
        """When the connection began that there is now, on time.monotonic()."""
        return self._connected_at

    @property
    def closed(self) -> bool:
        """Whether the socket was closed by us, or the client has ended."""
        return self._closed.is_set() or self._ended.is_set()

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
        """Whether all that waited at WhatsApp has come; messages that OfflineSyncCompleted overtook included."""
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
        """Whether Go has ended the client: only then may another one run the same device."""
        return self._ended.is_set()

    def when_ended(self, tell: Callable[[], None]) -> None:
        """Call `tell`, from any thread, once Go has ended the client; now if it has."""
        with self._ending:
            if not self._ended.is_set():
                return self._told_of_end.append(tell)
        return tell()

    @property
    def closed_at(self) -> float | None:
        """When the socket was closed by us, on time.monotonic()."""
        return self._closed_at

    def close_socket(self) -> None:
        """Close the socket now; what Go still holds is stored in the background, then the client ends."""
        if not self._closed.is_set():
            self._closed_at = time.monotonic()
            self._closed.set()
            self._connected_at = None
            self.presence.woken.set()
            self.client.disconnect()
            threading.Thread(target=self._drain, name=f"drain-{self._session_id}", daemon=True).start()

    def suspend(self) -> None:
        """Close the socket because nothing can be stored any more, and report that the client has ended."""
        if not self._closed.is_set():
            self._send(ClientRunEvent(self, ClientEnded(StoreUnavailable("the database is away"))))
            self.close_socket()

    def close(self, timeout: float) -> bool:
        """Close the socket and wait until everything is stored and the client has ended; False after `timeout` s."""
        self.close_socket()
        return self._ended.wait(timeout)

    def _drain(self) -> None:
        """A client that had not begun when its socket was closed begins later; it is disconnected again then."""
        with about_session(self._session_id):
            while not self._ended.is_set():
                self.client.disconnect()
                if self.client.wait_idle(self._settings.idle_seconds, self._settings.drain_seconds):
                    self.client.stop(timeout=self._settings.idle_seconds)

    def _on_event(self, kind: str, payload: bytes) -> None:
        """On the client's own thread; what it raises for a durable kind makes the client call again."""
        if is_durable(kind):
            return self._store_event(kind, payload)
        if kind in PRESENCE_KINDS:
            return self._hear(kind, payload)
        event = decode_connection_event(kind, payload)
        self._track(event)
        if not self._closed.is_set():
            self._send(ClientRunEvent(self, event))

    def _hear(self, kind: str, payload: bytes) -> None:
        if (event := decode_presence_event(kind, payload)) is not None:
            self.presence.hear(event)

    def _store_event(self, kind: str, payload: bytes) -> None:
        self._paused_at = self.paused_at
        self._storing = True
        if kind == HISTORY_KIND:
            self._store_history(payload)
        else:
            self._store(self.device_jid, kind, payload)
        self._stored_at = time.monotonic()
        self._storing = False

    def _store_history(self, payload: bytes) -> None:
        """Store a chunk in pieces; what cannot be read will not be the next time either, and holds up nothing."""
        try:
            for piece in split(payload):
                self._store(self.device_jid, HISTORY_PIECE, piece)
        except DecodeError:
            log.exception("a chunk of history cannot be read", extra={"bytes": len(payload)})

    def _is_pause(self, now: float) -> bool:
        return not self._storing and now - self._stored_at >= self._settings.idle_seconds

    def _track(self, event: ConnectionEvent) -> None:
        match event:
            case Connected():
                self._connected_at = time.monotonic()
                self.presence.look_again()
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
        self._tell_of_end()
        self.presence.woken.set()
        if not self._closed.is_set():
            self._send(ClientRunEvent(self, ClientEnded(error)))

    def _tell_of_end(self) -> None:
        with self._ending:
            self._ended.set()
        for tell in self._told_of_end:
            tell()
