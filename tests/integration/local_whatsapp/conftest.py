"""A local WhatsApp server and linked clients, which the tests of the package share."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.local_whatsapp.harness import Event, NeonizeProcess, ServerProcess, link

_numbers = itertools.count(491700000001)
NewNumber = Callable[[], str]
Call = Callable[..., Event]


@dataclass(frozen=True)
class Linked:
    """One real client, linked with a phone of its own."""

    process: NeonizeProcess
    name: str
    number: str


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("whatsapp"))
    server.start().close()
    yield server
    server.stop()


@pytest.fixture
def control(server: ServerProcess) -> Iterator[WhatsAppControl]:
    """The server's control API; every test ends by asserting that the clients requested nothing unknown."""
    with server.control() as control:
        before = control.problems()
        yield control
        control.clear_faults()
        assert control.problems() == before


@pytest.fixture
def new_number(control: WhatsAppControl) -> NewNumber:
    """Create phones for this test."""

    def make() -> str:
        number = f"+{next(_numbers)}"
        control.create_phone(number, f"Phone {number[-2:]}")
        return number

    return make


@contextmanager
def _fast_folder() -> Iterator[Path]:
    """Make a folder, in memory where the system has that: a client's 812 prekeys cost seconds on a busy disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
def shared_folder() -> Iterator[Path]:
    with _fast_folder() as folder:
        yield folder


@pytest.fixture
def client_folder() -> Iterator[Path]:
    """The folder in which the clients of one test keep their credentials."""
    with _fast_folder() as folder:
        yield folder


@pytest.fixture(scope="package")
def process(server: ServerProcess, shared_folder: Path) -> Iterator[NeonizeProcess]:
    """A process for clients that harm no others."""
    process = NeonizeProcess(server, shared_folder)
    yield process
    process.kill()


@pytest.fixture
def own_process(server: ServerProcess, client_folder: Path) -> Iterator[NeonizeProcess]:
    """A process for one test: a pairing that fails leaves a client hanging."""
    process = NeonizeProcess(server, client_folder)
    yield process
    process.kill()


@pytest.fixture(scope="package")
def shared_client(server: ServerProcess, process: NeonizeProcess) -> Linked:
    number = f"+{next(_numbers)}"
    with server.control() as control:
        control.create_phone(number, "Gateway")
        link(process, control, number, number)
    return Linked(process, number, number)


@pytest.fixture
def linked(shared_client: Linked) -> Linked:
    """A client that the tests share, each without what happened to those before."""
    shared_client.process.forget()
    return shared_client


@pytest.fixture
def members(new_number: NewNumber) -> tuple[str, str]:
    """Two phones beside the client's, without clients of their own."""
    return new_number(), new_number()


@pytest.fixture
def call(linked: Linked) -> Call:
    """Run a command in the client, which must succeed."""

    def run(verb: str, **arguments: Any) -> Event:
        event = linked.process.call(linked.name, verb, **arguments)
        assert event["event"] == "result", event
        return event

    return run


@pytest.fixture
def fail(linked: Linked) -> Callable[..., str]:
    """Run a command in the client, which must fail, and return the error."""

    def run(verb: str, **arguments: Any) -> str:
        event = linked.process.call(linked.name, verb, **arguments)
        assert event["event"] == "failure", event
        return str(event["error"])

    return run


@pytest.fixture
def own(call: Call, members: tuple[str, str]) -> str:
    """A group of the client with both phones."""
    return str(call("create_group", subject="House 7", members=list(members))["group"])


def changed(linked: Linked, group: str, since: int, name: str) -> dict[str, Any]:
    """Return the next change of this kind that the client is told."""
    while True:
        event = linked.process.wait("GroupInfoEvent", linked.name, since=since, group=group)
        if event["changed"].get(name) not in (None, []):
            return dict(event["changed"])
        since = linked.process.position(event)
