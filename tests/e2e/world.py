"""The whole gateway with people around it: sessions that link virtual phones, contacts that write to them."""

from __future__ import annotations

import io
import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import zxingcpp
from PIL import Image

from gateway import client
from gateway.client import Message, Retry, Session
from gateway.client.errors import NotFound
from infra.local.services import Connector
from infra.local.whatsapp.client import WhatsAppControl
from tests.e2e.rows import Rows
from tests.stack import Gateway, Stack

T = TypeVar("T")

_NUMBERS = itertools.count(15_550_100_001)


def until(wanted: Callable[[], T | None], timeout: float = 15.0, interval: float = 0.05) -> T:
    """Return the first true value; raise AssertionError with the last one after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := wanted()):
        assert time.monotonic() < deadline, f"still {value!r} after {timeout} s"
        time.sleep(interval)
    return value


def until_that(read: Callable[[], T], wanted: Callable[[T], bool], timeout: float = 15.0, interval: float = 0.05) -> T:
    """Return the first reading that is as wanted; raise AssertionError after `timeout` seconds."""

    def found() -> list[T]:
        reading = read()
        return [reading] if wanted(reading) else []

    return until(found, timeout, interval)[0]


@dataclass(frozen=True, slots=True)
class Linked:
    """A session and the number of the phone it is linked to."""

    session: Session
    number: str

    def texts(self, *, from_me: bool | None = None) -> list[str | None]:
        """Return the messages' contents, oldest first."""
        messages = [m for m in self.session.messages() if from_me is None or m.from_me is from_me]
        return [message.content for message in reversed(messages)]

    def message(self, content: str) -> Message | None:
        return next((message for message in self.session.messages() if message.content == content), None)

    def messages_of(self, chat: str) -> list[Message]:
        """Return the messages of a chat; none before it is known."""
        try:
            return list(self.session.messages(chat=chat))
        except NotFound:
            return []

    def state(self) -> str:
        return str(self.session.status().status)


class World:
    """One gateway with one user's client; what the test writes is recorded, so that logs can be searched for it."""

    def __init__(self, stack: Stack, gateway: Gateway) -> None:
        self.stack = stack
        self.gateway = gateway
        self.whatsapp = WhatsAppControl(stack.whatsapp.url)
        self._clients: list[client.Gateway] = []
        self.client = self.as_user(gateway.key)
        self.rows = Rows(gateway.database.admin)
        self.secrets: set[str] = {gateway.key}
        self._numbers: set[str] = set()

    def close(self) -> None:
        for each in self._clients:
            each.close()
        self.whatsapp.close()

    def as_user(self, key: str) -> client.Gateway:
        self._clients.append(client.Gateway(self.gateway.api.url, key, retry=Retry(attempts=1)))
        return self._clients[-1]

    def phone(self, name: str = "Somebody") -> str:
        """Create a virtual phone and return its number."""
        number = f"+{next(_NUMBERS)}"
        self.whatsapp.create_phone(number, name)
        self.secrets.add(number.removeprefix("+"))
        self._numbers.add(number)
        return number

    def unused_number(self) -> str:
        """Return a number that is not on WhatsApp."""
        return f"+{next(_NUMBERS)}"

    def session(self, name: str = "office") -> Session:
        return self.client.create_session(name)

    def connecting(self) -> Session:
        session = self.session()
        session.connect()
        return session

    def scan(self, session: Session, number: str) -> None:
        """Let the phone scan the session's QR code, read from its picture."""
        # Of many sessions that connect at once each waits for its turn.
        png = until(lambda: session.status().qr_png, timeout=60)
        self.whatsapp.scan(number, read_qr(png))

    def link(self, name: str = "Landlord") -> Linked:
        number = self.phone(name)
        session = self.connecting()
        self.scan(session, number)
        return Linked(session, until_connected(session, number))

    def say(self, sender: str, to: str, text: str) -> str:
        self.secrets.add(text)
        return self.whatsapp.send(sender, to, text)

    def text(self, text: str) -> str:
        """Record a text that must appear in no log, and return it."""
        self.secrets.add(text)
        return text

    def logs(self) -> dict[Path, str]:
        return {path: path.read_text(errors="replace") for path in self.gateway.logs.rglob("*.log")}

    def assert_nothing_leaked(self) -> None:
        """Assert that neither numbers nor texts nor keys are in any log of the gateway."""
        for path, content in self.logs().items():
            found = [secret for secret in self.secrets if len(secret) > 6 and secret in content]
            assert not found, f"{path.name} contains {len(found)} secrets"
            assert not re.search(r"\d{8,}(:\d+)?@(s\.whatsapp\.net|lid)", content), f"{path.name} contains a JID"

    def assert_no_problems(self) -> None:
        """Assert that the server understood everything, and that no client tried to reach another host."""
        problems = self.whatsapp.problems()
        assert not any(problems.values()), problems

    def conflicts(self) -> int:
        """Return how often a second socket for a device of ours replaced a first one that was open."""
        return sum(entry["number"] in self._numbers for entry in self.whatsapp.statistics()["conflictList"])

    def received(self, number: str) -> list[str]:
        """Return the ids of messages that the server received from the number's linked devices, with repeats."""
        rows = self.whatsapp.statistics()["messagesReceived"]
        plain = number.removeprefix("+")
        return [
            id for row in rows if str(row["number"]).removeprefix("+") == plain and row["device"] for id in row["ids"]
        ]


def read_qr(png: bytes) -> str:
    """Return the text of the QR code in a picture."""
    with Image.open(io.BytesIO(png)) as image:
        # Among all the formats it knows it may see another in the squares of a QR code.
        [code] = zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    return str(code.text)


def until_connected(session: Session, number: str, timeout: float = 30) -> str:
    status = session.wait_until_connected(timeout=timeout, interval=0.1)
    assert status.phone_number == number
    return number


def worker_ids(connector: Connector) -> set[str]:
    """Return the names under which a connector's workers hold shards now."""
    state = httpx.get(connector.health_url, trust_env=False).json()
    return {worker["id"] for worker in state["workers"] if "id" in worker}


def workers(connector: Connector) -> list[psutil.Process]:
    """Return the worker processes of a connector, oldest first."""
    children = psutil.Process(connector.pid).children()
    found = [child for child in children if "connector.worker" in " ".join(child.cmdline())]
    return sorted(found, key=lambda process: process.create_time())


def is_gone(process: psutil.Process) -> bool:
    """Return whether the process has ended, reaped by its parent or not."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
