"""What the simulated WhatsApp does at the moment, and what it has seen: two files that all processes share."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "FLEET_DIRECTORY"
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Conditions:
    """`receive_seconds`: between two messages to one session, on average; None: nobody writes.

    Of all devices `refused_share` is refused at login.
    """

    reachable: bool = True
    connect_seconds: float = 0.2
    send_seconds: float = 0.05
    receive_seconds: float | None = None
    refused_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """`what` a device did, in the process `pid`: dial, login, close or refused; `at` in Unix time."""

    at: float
    what: str
    device: str
    pid: int


class Whatsapp:
    """The simulated WhatsApp as a bench sees it: it sets the conditions, and reads what happened."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.environment = {VARIABLE: str(directory)}
        self._directory = directory
        self._read = 0
        self._seen: list[Seen] = []
        self.become(Conditions())

    def become(self, conditions: Conditions) -> None:
        draft = self._directory / "draft.json"
        draft.write_text(json.dumps(asdict(conditions)))
        draft.replace(_conditions(self._directory))

    def seen(self) -> list[Seen]:
        """Return all that was seen so far, in its order."""
        with _seen(self._directory).open("ab+") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode().splitlines():
            at, what, device, pid = line.split()
            self._seen.append(Seen(float(at), what, device, int(pid)))
        return self._seen

    def connected(self, pids: set[int]) -> set[str]:
        """Return the devices that are logged in by one of these processes."""
        last = {seen.device: seen for seen in self.seen() if seen.what in ("login", "close")}
        return {device for device, seen in last.items() if seen.what == "login" and seen.pid in pids}


class Line:
    """The simulated WhatsApp as the clients of one process see it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen = os.open(_seen(directory), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._told: set[Callable[[], None]] = set()
        self._lock = threading.Lock()
        self.conditions = self._look()
        threading.Thread(target=self._watch, name="conditions", daemon=True).start()

    def write(self, what: str, device: str) -> None:
        os.write(self._seen, f"{time.time():.3f} {what} {device} {os.getpid()}\n".encode())

    def subscribe(self, wake: Callable[[], None]) -> None:
        """Call `wake` at each change of the conditions, until unsubscribe()."""
        with self._lock:
            self._told.add(wake)

    def unsubscribe(self, wake: Callable[[], None]) -> None:
        with self._lock:
            self._told.discard(wake)

    def _look(self) -> Conditions:
        return Conditions(**json.loads(_conditions(self._directory).read_text()))

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            now = self._look()
            if now != self.conditions:
                self.conditions = now
                with self._lock:
                    told = list(self._told)
                for wake in told:
                    wake()


def _conditions(directory: Path) -> Path:
    return directory / "conditions.json"


def _seen(directory: Path) -> Path:
    return directory / "seen.log"
