"""The server loses nothing when it is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.local_whatsapp.harness import NeonizeProcess, ServerProcess, link

_GATEWAY, _CONTACT = "+491700000001", "+491700000002"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server for one test, with two phones."""
    server = ServerProcess(tmp_path / "server")
    with server.start() as control:
        for number in (_GATEWAY, _CONTACT):
            control.create_phone(number)
    yield server
    server.stop()


@pytest.fixture
def client(own_server: ServerProcess, client_folder: Path) -> Iterator[NeonizeProcess]:
    """Linked with the gateway's phone."""
    process = NeonizeProcess(own_server, client_folder)
    with own_server.control() as control:
        link(process, control, "client", _GATEWAY)
    yield process
    process.kill()


@pytest.mark.slow
def test_linked_clients_go_on_after_the_server_was_killed(own_server: ServerProcess, client: NeonizeProcess) -> None:
    client.call("client", "send", to=_CONTACT, text="before")
    with own_server.control() as control:
        control.send(_CONTACT, _GATEWAY, "before too")
    client.wait("Message", "client", text="before too")
    before, since = own_server.variables(), client.mark()
    own_server.kill()
    client.wait("Disconnected", "client", since=since)
    with own_server.start() as control:
        assert own_server.variables() == before
        sent = control.send(_CONTACT, _GATEWAY, "while it was away")
        client.wait("Connected", "client", since=since)
        client.wait("Message", "client", id=sent)
        control.wait_for_status(_CONTACT, sent, "delivered")
        client.call("client", "send", to=_CONTACT, text="after")
        control.wait_for_text(_CONTACT, "after")
        assert [m["text"] for m in control.messages(_CONTACT) if not m["fromMe"]] == ["before", "after"]
        assert control.problems() == {"unknownStanzas": [], "refusedHosts": [], "errors": []}
        assert control.statistics()["undecryptable"] == {}


def test_what_comes_while_the_client_is_dead_waits_for_it_in_order(
    own_server: ServerProcess, client: NeonizeProcess
) -> None:
    client.kill()
    texts = [f"away {position}" for position in range(30)]
    with own_server.control() as control:
        for text in texts[:15]:
            control.send(_CONTACT, _GATEWAY, text)
    own_server.kill()
    with own_server.start() as control:
        for text in texts[15:]:
            control.send(_CONTACT, _GATEWAY, text)
    with closing(client.again()) as revived:
        revived.connect("client")
        revived.wait("Message", "client", text=texts[-1])
        assert revived.texts("client") == texts


def test_killing_the_server_under_load_loses_and_doubles_nothing(
    own_server: ServerProcess, client: NeonizeProcess
) -> None:
    with own_server.control() as control:
        accepted = [control.send(_CONTACT, _GATEWAY, f"load {position}") for position in range(40)]
    since = client.mark()
    own_server.kill()
    client.wait("Disconnected", "client", since=since)
    with own_server.start() as control:
        accepted.append(control.send(_CONTACT, _GATEWAY, "the last"))
        client.wait("Message", "client", id=accepted[-1])
        control.wait_for_status(_CONTACT, accepted[-1], "delivered")
    assert [message["id"] for message in client.messages("client")] == accepted
    assert not [event for event in client.events("client") if event["event"] == "UndecryptableMessage"]


def test_sigterm_ends_the_server_in_order(own_server: ServerProcess) -> None:
    assert own_server.stop() == 0
