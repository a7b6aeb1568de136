"""The local WhatsApp server and real neonize clients as processes of a test."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.whatsapp.client import WhatsAppControl
from infra.local.whatsapp.transport.environment import ENVIRONMENT_FILE

Event = dict[str, Any]


class ServerProcess:
    """The local WhatsApp server as people start it, but that links are cheap where `few_prekeys` are made."""

    def __init__(self, directory: Path, *, few_prekeys: bool = True) -> None:
        self.directory = directory
        self._few = ("--few-prekeys",) if few_prekeys else ()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> WhatsAppControl:
        self._process = subprocess.Popen(self._command("--control-port", "0"), stdout=subprocess.PIPE, text=True)
        assert self._process.stdout and self._process.stdout.readline() == "ready\n"
        return self.control()

    def run_to_its_end(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._command(*options), capture_output=True, text=True, timeout=20, check=False)

    def _command(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "infra.local.whatsapp", "--dir", str(self.directory), *self._few, *options]

    def control(self) -> WhatsAppControl:
        return WhatsAppControl(self.variables()["WHATSAPP_CONTROL_URL"])

    def variables(self) -> dict[str, str]:
        variables: dict[str, str] = json.loads((self.directory / ENVIRONMENT_FILE).read_text())
        return variables

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None
        return code


class NeonizeProcess:
    """A child process with real neonize clients in it."""

    def __init__(self, server: ServerProcess, folder: Path, **changed: str) -> None:
        self._server, self._folder = server, folder
        self._environment = {**_environment(server), **changed}
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self._calls = itertools.count(1)
        self._start()

    def _start(self) -> None:
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.local_whatsapp.neonize_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("NEONIZE_LOG") else subprocess.DEVNULL,
            text=True,
            pass_fds=(writing,),
            env={**self._environment, "EVENTS_FD": str(writing)},
        )
        os.close(writing)
        self._reader = threading.Thread(target=self._read, args=(os.fdopen(reading),), daemon=True)
        self._reader.start()

    def _read(self, stream: Any) -> None:
        with stream:
            for line in stream:
                with self._changed:
                    self._events.append(json.loads(line))
                    self._changed.notify_all()

    def command(self, client: str, verb: str, **arguments: Any) -> int:
        """Send a command and return its number, which its result or failure carries as `call`."""
        assert self._process.stdin
        number = next(self._calls)
        self._process.stdin.write(json.dumps({"call": number, "client": client, "verb": verb, **arguments}) + "\n")
        self._process.stdin.flush()
        return number

    def call(self, client: str, verb: str, timeout: float = 20, **arguments: Any) -> Event:
        """Run a command in the client's process and return its result or failure event."""
        number = self.command(client, verb, **arguments)
        return self.wait(None, client, timeout=timeout, call=number)

    def connect(self, client: str, full_days: int = 0) -> None:
        """Connect a client; one that is not linked yet asks for the history of so many days in full."""
        self.command(client, "connect", path=str(self._folder / f"{client}.sqlite3"), full_days=full_days)

    def forget(self) -> None:
        """Leave out what has happened up to now."""
        with self._changed:
            self._events.clear()

    def mark(self) -> int:
        """Return a position in the events, to look at those after it."""
        with self._changed:
            return len(self._events)

    def position(self, event: Event) -> int:
        """Return the position after an event."""
        with self._changed:
            return self._events.index(event) + 1

    def events(self, client: str, since: int = 0) -> list[Event]:
        with self._changed:
            return [event for event in self._events[since:] if event["client"] == client]

    def messages(self, client: str, since: int = 0) -> list[Event]:
        """Return the messages without those that people do not see, such as key shares of the own phone."""
        return [event for event in self.events(client, since) if event["event"] == "Message" and event["text"]]

    def texts(self, client: str, since: int = 0) -> list[str]:
        return [event["text"] for event in self.messages(client, since)]

    def wait(self, event: str | None, client: str, *, since: int = 0, timeout: float = 20, **fields: Any) -> Event:
        """Return the first such event; raise TimeoutError."""
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                for seen in self._events[since:]:
                    if seen["client"] == client and event in (None, seen["event"]) and _matches(seen, fields):
                        return seen
                if not self._changed.wait(end - time.monotonic()):
                    raise TimeoutError(f"no {event} {fields} of {client}; seen: {self._events[since:][-12:]}")

    def again(self) -> NeonizeProcess:
        """Return a new process with the same clients."""
        return NeonizeProcess(self._server, self._folder)

    def close(self) -> None:
        self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)
        if self._process.stdin:
            self._process.stdin.close()
        self._reader.join(10)


def _environment(server: ServerProcess) -> dict[str, str]:
    """Return the environment of this process with what leads a client to the server."""
    variables = server.variables()
    paths = filter(None, (variables["PYTHONPATH"], os.environ.get("PYTHONPATH")))
    return {**os.environ, **variables, "PYTHONPATH": ":".join(paths)}


def _matches(event: Event, fields: Mapping[str, Any]) -> bool:
    return all(event.get(name) == value for name, value in fields.items())


def link(process: NeonizeProcess, control: WhatsAppControl, client: str, number: str, full_days: int = 0) -> None:
    """Let the phone with that number scan the client's QR code; return once the client is connected."""
    since = process.mark()
    process.connect(client, full_days)
    control.scan(number, process.wait("qr", client, since=since)["qr"])
    process.wait("Connected", client, since=since)


def be_available(process: NeonizeProcess, control: WhatsAppControl, client: str, number: str) -> None:
    """Make the client, linked to the number, available, as soon as it has learned its name from its phone."""
    end = time.monotonic() + 20
    while process.call(client, "available")["event"] != "result":
        assert time.monotonic() < end
    # It is told of no result.
    while not any(device["available"] for device in control.phone(number)["devices"]):
        assert time.monotonic() < end


def wait_for_name(process: NeonizeProcess, client: str, number: str, name: str) -> None:
    """Wait until the client has this name of somebody; it tells of no change."""
    end = time.monotonic() + 20
    while (saved := process.call(client, "saved_name", of=number)["name"]) != name:
        assert time.monotonic() < end, saved
