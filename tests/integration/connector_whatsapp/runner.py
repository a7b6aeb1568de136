"""Starts driver.py and calls its operations."""

from __future__ import annotations

import base64
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from connector.whatsapp.connection import ConnectionEvent, decode_connection_event
from connector.whatsapp.durable_events import DurableEvent, InboundMessage, decode_durable_event
from connector.whatsapp.environment import GO_ENVIRONMENT
from connector.whatsapp.events import is_durable

TIMEOUT_SECONDS = 40.0
Found = TypeVar("Found")


class OperationError(Exception):
    """An operation raised in the driver; `kind` is its class there."""

    def __init__(self, line: Mapping[str, Any]) -> None:
        super().__init__(f"{line['error']}: {line['text']}")
        self.kind: str = line["error"]
        self.text: str = line["text"]
        self.code: int | None = line["code"]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event of a client, decoded where it is one of neonize's."""

    client: str
    kind: str
    text: str
    value: ConnectionEvent | DurableEvent | None


class Driver:
    """The driver's process, killed at the end of the `with` block."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.connector_whatsapp.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **GO_ENVIRONMENT, **environment},
            encoding="utf-8",
        )
        self._numbers = itertools.count()
        self._lock = threading.Condition()
        self._replies: dict[int, dict[str, Any]] = {}
        self.events: list[Occurrence] = []
        self.ended = False
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def begin(self, operation: str, **arguments: object) -> int:
        """Start an operation without waiting for its result()."""
        number = next(self._numbers)
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"id": number, "operation": operation, **arguments}) + "\n")
        self._process.stdin.flush()
        return number

    def result(self, number: int, timeout: float = TIMEOUT_SECONDS) -> Any:
        """Wait for the result of an operation. Raise OperationError."""
        line = self._wait(lambda: self._replies.get(number), timeout, f"reply {number}")
        if "error" in line:
            raise OperationError(line)
        return line["result"]

    def call(self, operation: str, **arguments: object) -> Any:
        return self.result(self.begin(operation, **arguments))

    def wait(
        self,
        client: str,
        kind: str,
        matching: Callable[[Any], bool] = lambda _: True,
        *,
        since: int = 0,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Occurrence:
        """Wait for the first event of that kind whose value matches, after the first `since` events."""

        def find() -> Occurrence | None:
            seen = (e for e in self.events[since:] if (e.client, e.kind) == (client, kind))
            return next((event for event in seen if matching(event.value)), None)

        return self._wait(find, timeout, f"{kind} of {client}")

    def start(self, client: str, dsn: str, jid: str) -> None:
        """Start a client and wait until all that waited for it at WhatsApp has come."""
        since = len(self.events)
        self.call("start", client=client, dsn=dsn, jid=jid)
        self.wait(client, "OfflineSyncCompleted", since=since)

    def received(self, client: str, message_id: str) -> InboundMessage:
        value = self.wait(client, "Message", lambda event: event is not None and event.message_id == message_id).value
        assert isinstance(value, InboundMessage)
        return value

    def fails(self, operation: str, **arguments: object) -> OperationError:
        """Return the error of an operation that must fail."""
        try:
            self.call(operation, **arguments)
        except OperationError as error:
            return error
        raise AssertionError(f"{operation} did not fail")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        with self._lock:
            self._lock.wait_for(lambda: self.ended, TIMEOUT_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _wait(self, find: Callable[[], Found | None], timeout: float, what: str) -> Found:
        with self._lock:
            found: Found | None = None

            def ready() -> bool:
                nonlocal found
                found = find()
                return found is not None or self.ended

            self._lock.wait_for(ready, timeout)
        if found is None:
            seen = [(event.client, event.kind) for event in self.events[-10:]]
            raise TimeoutError(f"no {what}; the driver ended: {self.ended}; last events: {seen}")
        return found

    def _read(self) -> None:
        assert self._process.stdout
        for text in self._process.stdout:
            line = json.loads(text)
            with self._lock:
                if "reply" in line:
                    self._replies[line["reply"]] = line
                else:
                    self.events.append(_occurrence(line))
                self._lock.notify_all()
        with self._lock:
            self.ended = True
            self._lock.notify_all()


def _occurrence(line: dict[str, Any]) -> Occurrence:
    kind, payload = line["event"], base64.b64decode(line.get("payload", ""))
    value: ConnectionEvent | DurableEvent | None = None
    if "payload" in line:
        value = decode_durable_event(kind, payload) if is_durable(kind) else decode_connection_event(kind, payload)
    return Occurrence(line.get("client", ""), kind, line.get("error") or line.get("text", ""), value)
