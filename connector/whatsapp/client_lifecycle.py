"""The life of one client in Go: start, events, disconnect, end. Read gate.py first.

Go runs the whole client inside the call Neonize(), on a daemon thread of ours; events arrive on that same thread, in
order, one at a time, after they have been acknowledged to WhatsApp. Up to 100 more wait in Go.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.whatsapp.device_props import device_props
from connector.whatsapp.errors import (
    ClientGone,
    NotConnected,
    OperationFailed,
    WhatsAppError,
    parse_end_error,
    parse_error,
)
from connector.whatsapp.events import KINDS, is_durable, subscribed_codes
from connector.whatsapp.gate import GATE
from connector.whatsapp.go_logging import GO_LEVEL, log_callback
from connector.whatsapp.jids import to_proto
from connector.whatsapp.library import ProxySettings, companion_pb2, func_callback_bytes, func_string, gocode
from gateway.backoff import Backoff

if TYPE_CHECKING:
    from connector.whatsapp.device_store import DeviceStore

log = logging.getLogger(__name__)

EVENT_RETRY_SECONDS = 0.5
STOP_AGAIN_SECONDS, LONGEST_STOP_AGAIN_SECONDS = 0.1, 2.0


@dataclass(frozen=True, slots=True)
class Callbacks:
    """All run on the client's own thread. While `on_event` blocks, Go acknowledges at most 100 more events to WhatsApp.

    `on_event(kind, payload)` is called again every 0.5 s while it raises on a durable kind. `on_qr(text)` and
    `on_pairing_status(status)` come only without a device. `on_end(error)` comes last: None after stop().
    """

    on_event: Callable[[str, bytes], None]
    on_qr: Callable[[str], None] = lambda _text: None
    on_pairing_status: Callable[[str], None] = lambda _status: None
    on_end: Callable[[WhatsAppError | None], None] = lambda _error: None


def _store_of(dsn: str) -> DeviceStore:
    """Return what a client with a device asks; a pairing process does without the database driver (0.3 s, 15 MB)."""
    from connector.whatsapp.device_store import device_store

    return device_store(dsn)


class ClientLifecycle:
    """Starts once and ends once; linking or resuming again needs a new client."""

    def __init__(
        self,
        dsn: str,
        device_jid: str | None,
        callbacks: Callbacks,
        props: companion_pb2.DeviceProps | None = None,
        *,
        optional: frozenset[str] = frozenset(),
    ) -> None:
        self._optional = optional
        self._device_jid = device_jid
        self._callbacks = callbacks
        self._props = props or device_props("WhatsApp Gateway")
        # Never used twice: Go's Stop() of an old client would end a new one of the same name.
        self._uuid = uuid.uuid4().hex.encode()
        self._name = self._uuid[:8].decode()
        self._application_name = f"whatsmeow-{self._uuid.decode()}"
        self._store = _store_of(dsn) if device_jid else None
        self._dsn = self._store.dsn_of(self._application_name) if self._store else dsn
        self._started = False
        self._stopping = False
        self._beginning = threading.Lock()
        self._first_callback = threading.Event()
        self._ended = threading.Event()
        self._activity = threading.Condition()
        self._busy = False
        self._idle_since = time.monotonic()
        self._error: WhatsAppError | None = None

    def start(
        self,
        proxy: str | None = None,
        require_wish: Callable[[], None] = lambda: None,
        require_allowed: Callable[[], None] = lambda: None,
    ) -> None:
        """Start, and return when other clients may. Raise DeviceMissing, StoreUnavailable, ClientGone.

        Starts take turns. When this one's has come `require_wish` runs, while the one before begins, and just before it
        begins itself `require_allowed`, for which all clients wait; either raises to cancel the start.
        """

        def check() -> None:
            require_wish()
            self._require_device()

        def begin() -> None:
            require_allowed()
            self._begin(proxy)

        GATE.start(check, begin, self._has_written)

    def disconnect(self, timeout: float = 5.0) -> bool:
        """Close the socket for good; what waits in Go is still delivered.

        Return False when Go was still dialling after `timeout` seconds: it closes as soon as it has dialled.
        """
        return not self._is_alive() or self._in_background(self._disconnect).wait(timeout)

    def stop(self, timeout: float = 5.0) -> bool:
        """End the client; events that still wait in Go are dropped, so call disconnect() and wait_idle() first.

        One that has not started never will. Return False when Go did not return within `timeout` seconds: it is still
        dialling and ends afterwards, or the client is unpaired and never ends.
        """
        with self._beginning:
            is_first, self._stopping = not self._stopping, True
            started = self._started
        if is_first and started and not self._ended.is_set():
            self._in_background(self._stop_until_ended)
        return not started or self._ended.wait(timeout)

    def wait_idle(self, quiet: float = 0.2, timeout: float = 20.0) -> bool:
        """Wait for `quiet` seconds from now on in which no event is handled; return False after `timeout` seconds."""
        started_at = time.monotonic()
        with self._activity:
            while not self._ended.is_set():
                now = time.monotonic()
                wait = quiet if self._busy else max(self._idle_since, started_at) + quiet - now
                if wait <= 0:
                    return True
                if now - started_at >= timeout:
                    return False
                self._activity.wait(min(wait, started_at + timeout - now))
        return True

    @property
    def ended(self) -> bool:
        """Whether Go has let go of the client."""
        return self._ended.is_set()

    def _call(self, function: Callable[..., bytes], *arguments: object) -> bytes:
        if not self._is_alive():
            raise ClientGone("the client is not running")
        if not self._first_callback.is_set():
            raise NotConnected("the client is still connecting")
        GATE.wait_open()
        return function(self._uuid, *arguments)

    def _call_or_raise(self, function: Callable[..., bytes], *arguments: object) -> None:
        """Call a function that returns an error text or nothing. Raise the error of the text."""
        if error := self._call(function, *arguments):
            raise parse_error(error.decode(errors="replace"))

    def _is_alive(self) -> bool:
        return self._started and not self._stopping and not self._ended.is_set()

    def _in_background(self, action: Callable[[], None]) -> threading.Event:
        """Run a call that may block: Go's Disconnect waits for a dial, long where a server accepts and stays silent."""
        done = threading.Event()

        def run() -> None:
            action()
            done.set()

        threading.Thread(target=run, daemon=True, name=f"stop-{self._name}").start()
        return done

    def _disconnect(self) -> None:
        GATE.wait_open()
        gocode.Disconnect(self._uuid)

    def _stop_until_ended(self) -> None:
        """Stop again until Go has returned: a start that has not dialled yet knows nothing of a stop.

        Never before the first callback: Go would look up a client that the stop has removed, and the process dies.
        """
        pause = Backoff(STOP_AGAIN_SECONDS, LONGEST_STOP_AGAIN_SECONDS)
        while not self._ended.is_set():
            self._disconnect()
            if self._first_callback.is_set():
                self._stop()
            self._ended.wait(pause.next())

    def _stop(self) -> None:
        """Stop a client that is disconnected: Go's Stop would do it, slowly and with the gate closed to all clients."""
        GATE.stop(lambda: gocode.Stop(self._uuid))

    def _begin(self, proxy: str | None) -> None:
        """Raise ClientGone when the client was stopped meanwhile."""
        with self._beginning:
            if self._started or self._stopping:
                raise ClientGone("a client starts only once, and not after stop()")
            self._started = True
        threading.Thread(target=self._run, args=(proxy,), daemon=True, name=f"whatsapp-{self._name}").start()

    def _require_device(self) -> None:
        """Raise DeviceMissing: asked for a device that the store lacks, Go dereferences nil and the process dies."""
        if self._store is not None and self._device_jid is not None:
            self._store.require_device(self._device_jid)

    def _has_written(self) -> bool:
        """Return whether Go has put the client into its maps."""
        if self._first_callback.is_set():
            return True
        return self._store is not None and self._store.has_read_device(self._application_name)

    def _run(self, proxy: str | None) -> None:
        try:
            text = self._run_in_go(proxy)
            self._error = parse_end_error(text) if text and not self._stopping else None
        except Exception:
            log.exception("neonize could not be called")
            self._error = OperationFailed("neonize could not be called")
        self._first_callback.set()
        self._clean_up()
        self._notify_end()

    def _run_in_go(self, proxy: str | None) -> str:
        jid = to_proto(self._device_jid).SerializeToString() if self._device_jid else b""
        props, codes = self._props.SerializeToString(), subscribed_codes(self._optional)
        settings = ProxySettings(proxy)._to_c_struct() if proxy else None
        # These live as long as the call: Go calls back only from within it.
        on_qr = func_string(lambda _uuid, text: self._receive_text(self._callbacks.on_qr, text))
        on_status = func_string(lambda _uuid, text: self._receive_text(self._callbacks.on_pairing_status, text))
        on_event = func_callback_bytes(self._receive_event)
        error = gocode.Neonize(
            self._dsn.encode(), self._uuid, jid, len(jid), int(not jid), GO_LEVEL,
            on_qr, on_status, on_event, log_callback,
            codes, len(codes), props, len(props), b"", 0,
            ctypes.byref(settings) if settings else None,
        )  # fmt: skip
        return str(error.decode(errors="replace"))

    def _clean_up(self) -> None:
        """Stop the client in Go once more.

        Go may have ended by itself with its socket open, receiving messages that nobody reads; or stop() came before
        Go knew the client that it then started.
        """
        self._stopping = True
        self._disconnect()
        self._stop()

    def _notify_end(self) -> None:
        self._ended.set()
        with self._activity:
            self._activity.notify_all()
        try:
            self._callbacks.on_end(self._error)
        except Exception:
            log.exception("on_end failed")

    def _receive_text(self, callback: Callable[[str], None], address: int) -> None:
        self._first_callback.set()
        try:
            callback(ctypes.string_at(address).decode())
        except Exception:
            log.exception("a pairing callback failed")

    def _receive_event(self, _uuid: bytes, address: int, size: int, code: int) -> None:
        """Deliver an event. Nothing may be raised into Go: the event would be lost silently."""
        payload = ctypes.string_at(address, size)
        self._first_callback.set()
        with self._activity:
            self._busy = True
        try:
            self._deliver(KINDS[code], payload)
        finally:
            with self._activity:
                self._busy = False
                self._idle_since = time.monotonic()
                self._activity.notify_all()

    def _deliver(self, kind: str, payload: bytes) -> None:
        while True:
            try:
                return self._callbacks.on_event(kind, payload)
            except Exception:
                log.exception("handling an event of kind %s failed", kind)
                if not is_durable(kind) or self._stopping:
                    return None
            time.sleep(EVENT_RETRY_SECONDS)
