"""Bare neonize, to measure what the gateway adds: `python -m tests.bench.raw DSN CONTROL_URL`, driven by lines of JSON.

Its event handler only counts. A process of its own, because Go reads only the environment it was started with.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from connector.whatsapp.client import Callbacks, Client
from connector.whatsapp.devices import migrate
from connector.whatsapp.errors import parse_error
from connector.whatsapp.files import UPLOAD_TYPES
from connector.whatsapp.library import e2e_pb2, gocode, neonize_pb2
from connector.whatsapp.pairing_process import Paired, PairingProcess, QrCode
from connector.whatsapp.stdout import quiet_stdout
from gateway.domain.messages import MESSAGE_SECRET_BYTES
from infra.local.whatsapp.client import WhatsAppControl
from tests.e2e.world import until
from tests.plain_text import plain_text


class DownloadingClient(Client):
    """As neonize downloads: the whole file in memory. The gateway does not."""

    def download(self, event: bytes) -> int:
        """Download the file of a received message; return its size."""
        message = _content(event).SerializeToString()
        answer = self._call(gocode.DownloadAny, message, len(message))
        downloaded = neonize_pb2.DownloadReturnFunction.FromString(answer)
        if downloaded.Error:
            raise parse_error(downloaded.Error)
        return len(downloaded.Binary)


class RawClients:
    """Clients by JID; each public method is a request of tests.bench.baseline."""

    def __init__(self, dsn: str, control: WhatsAppControl) -> None:
        self._dsn = dsn
        self._control = control
        self._clients: dict[str, DownloadingClient] = {}
        self._ready: dict[str, threading.Event] = {}
        self._received: list[float] = []
        self._latest: deque[bytes] = deque(maxlen=10)

    def link(self, number: str) -> str:
        """Link a device and return its JID."""
        with PairingProcess(self._dsn, "Bench") as process:
            for event in process.events():
                if isinstance(event, QrCode):
                    self._control.scan(number, event.text)
        if not isinstance(event, Paired):
            raise RuntimeError("pairing failed")
        return event.jid

    def start(self, jids: list[str]) -> None:
        for jid in jids:
            ready = self._ready[jid] = threading.Event()
            self._clients[jid] = DownloadingClient(self._dsn, jid, Callbacks(partial(self._receive, ready)))
            self._clients[jid].start()

    def wait_until_ready(self) -> None:
        for ready in self._ready.values():
            if not ready.wait(60):
                raise TimeoutError("a client did not log in")

    def stop(self) -> None:
        for client in self._clients.values():
            client.disconnect()
            client.wait_idle()
            client.stop()
        self._clients.clear()
        self._received.clear()

    def send(self, jid: str, to: str, text: str) -> float:
        """Return the seconds until the server has acknowledged it."""
        begun = time.perf_counter()
        self._clients[jid].send_message(to, plain_text(to, text, secrets.token_bytes(MESSAGE_SECRET_BYTES)))
        return time.perf_counter() - begun

    def upload(self, jid: str, size: int) -> float:
        """Store a document of so many bytes at WhatsApp; return the seconds."""
        data = bytearray(os.urandom(size))
        begun = time.perf_counter()
        self._clients[jid].upload(data, UPLOAD_TYPES["document"])
        return time.perf_counter() - begun

    def download(self, jid: str) -> float:
        """Download the document that comes first; return the seconds."""
        event = until(self._document, 60)
        begun = time.perf_counter()
        self._clients[jid].download(event)
        return time.perf_counter() - begun

    def send_all(self, jids: list[str], to: list[str], count: int) -> float:
        """Send so many messages from each client at once, a thread each. Return the seconds it took."""

        def send(pair: tuple[str, str]) -> None:
            for number in range(count):
                self.send(*pair, f"at once {number}")

        begun = time.perf_counter()
        with ThreadPoolExecutor(len(jids)) as pool:
            list(pool.map(send, zip(jids, to, strict=True)))
        return time.perf_counter() - begun

    def received(self) -> list[float]:
        """Return when each message came, in Unix time."""
        return self._received

    def _document(self) -> bytes | None:
        return next((event for event in list(self._latest) if _content(event).HasField("documentMessage")), None)

    def _receive(self, ready: threading.Event, kind: str, payload: bytes) -> None:
        if kind == "Message":
            self._received.append(time.time())
            self._latest.append(payload)
        elif kind == "OfflineSyncCompleted":
            ready.set()


def _content(event: bytes) -> e2e_pb2.Message:
    return neonize_pb2.Message.FromString(event).Message


def main() -> None:
    output = quiet_stdout()
    dsn, url = sys.argv[1:]
    migrate(dsn)
    with WhatsAppControl(url) as control:
        clients = RawClients(dsn, control)
        for line in sys.stdin:
            operation, *arguments = json.loads(line)
            output.write(json.dumps(getattr(clients, operation)(*arguments)) + "\n")
            output.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
