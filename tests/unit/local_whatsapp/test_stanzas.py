"""What the server answers to, and sends about, the stanzas of clients."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from infra.local.whatsapp.accounts import Account, Address, Device
from infra.local.whatsapp.devices.device_lists import announce_added, device_hash
from infra.local.whatsapp.messages.receipts import route_receipt
from infra.local.whatsapp.messages.routing import route_to_account
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.phones import Phones
from infra.local.whatsapp.signal.session import Ciphertext
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.transport.dispatch import handle_stanza
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.node import Node


class Answers:
    """A connection that keeps what is sent on it."""

    def __init__(self, address: Address | None) -> None:
        self.address = address
        self.sent: list[Node] = []

    def send(self, node: Node) -> None:
        self.sent.append(node)


@pytest.fixture
def ada(network: Network) -> Account:
    return network.directory.create("491700000001", "Ada")


@pytest.fixture
def ben(network: Network) -> Account:
    return network.directory.create("491700000002", "Ben")


@pytest.fixture
def pushed(network: Network, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Address, Node]]:
    """All stanzas that are delivered, phones' own ones too."""
    seen: list[tuple[Address, Node]] = []
    push = network.delivery.push

    def watch(address: Address, stanza: Node) -> None:
        seen.append((address, stanza))
        push(address, stanza)

    monkeypatch.setattr(network.delivery, "push", watch)
    return seen


def _client(network: Network, account: Account, id: int = 1) -> Device:
    """Link a client, whose keys do not matter."""
    device = replace(network.directory.phone(account), id=id, noise_key=b"n", adv=b"a")
    network.directory.add(device)
    return device


@pytest.mark.parametrize("tag", ["call", "notification"])
def test_an_unknown_stanza_is_answered_and_told_by_its_kind(network: Network, ada: Account, tag: str) -> None:
    answers = Answers(_client(network, ada).address)
    stanza = Node(tag, {"id": "7", "to": ada.lid, "type": "offer"}, [Node("offer", {"call-id": "SECRET"})])
    handle_stanza(network, cast(Connection, answers), stanza)
    (answer,) = answers.sent
    assert (answer.tag, answer.text("class"), answer.text("id"), answer.text("error")) == ("ack", tag, "7", "501")
    assert answer.jid("from") == ada.lid
    assert network.problems.unknown_stanzas == [f'<{tag} id to type="offer"><offer call-id/></{tag}>']


def test_problems_tell_the_namespace_and_no_personal_values(network: Network, ada: Account) -> None:
    answers = Answers(_client(network, ada).address)
    stanza = Node("iq", {"id": "8", "xmlns": "w:new", "type": "get", "to": ada.pn}, [Node("x", {"type": "+491700"})])
    handle_stanza(network, cast(Connection, answers), stanza)
    assert network.problems.unknown_stanzas == ['<iq id xmlns="w:new" type="get" to><x type/></iq>']
    assert answers.sent[0].child("error").text("code") == "501"


def test_a_new_device_is_announced_from_lid_and_number(
    network: Network, ada: Account, ben: Account, pushed: list[tuple[Address, Node]]
) -> None:
    watcher, added = _client(network, ben), _client(network, ada)
    network.contacts.watch(ada.number, ben.number)
    announce_added(network, added)
    told = [stanza for address, stanza in pushed if address == watcher.address]
    assert [(stanza.jid("from"), stanza.attrs["lid"]) for stanza in told] == [(ada.lid, None), (ada.pn, ada.lid)]
    devices = network.directory.devices(ada.number)
    for stanza, jids in zip(told, ([d.lid for d in devices], [d.pn for d in devices]), strict=True):
        assert stanza.child("add", "device").jid("jid") == jids[1]
        assert stanza.child("add").text("device_hash") == device_hash(jids)


def test_a_receipt_comes_from_the_address_that_was_written_to(
    network: Network, ada: Account, ben: Account, pushed: list[tuple[Address, Node]]
) -> None:
    phones, client = Phones(network), _client(network, ada)
    for id, to in (("A", ben.pn), ("B", ben.lid)):
        message = Node("message", {"id": id, "to": to, "type": "text"}, [_encrypted(network, client, ben, id)])
        route_to_account(network, client, ben, message)
        phones.mark_read(ben, phones.history.named(ben.number, id)[0])
        receipts = [stanza for address, stanza in pushed if address == client.address and stanza.text("id") == id]
        assert [(stanza.text("type"), stanza.jid("from")) for stanza in receipts] == [("", to), ("read", to)]


def _encrypted(network: Network, client: Device, recipient: Account, text: str) -> Node:
    """Encrypt as the client, which has the keys of its phone."""
    account = network.directory.by_number(client.number)
    assert account
    plaintext = proto.Message(conversation=text).SerializeToString()
    ciphertext: Ciphertext = PhoneCipher(network).encrypt(account, network.directory.phone(recipient), plaintext)
    return Node("enc", {"type": ciphertext.kind}, ciphertext.data)


def test_what_a_client_has_read_its_phone_and_other_clients_are_told(
    network: Network, ada: Account, ben: Account, pushed: list[tuple[Address, Node]]
) -> None:
    reader, other = _client(network, ada), _client(network, ada, 2)
    for kind, is_author_told in (("read", True), ("played", True), ("read-self", False), ("", True)):
        pushed.clear()
        route_receipt(network, reader, Node("receipt", {"id": "A", "to": ben.lid, "type": kind or None}))
        own = {address for address, _ in pushed if address.number == ada.number}
        assert own == ({network.directory.phone(ada).address, other.address} if kind else set())
        assert (network.directory.phone(ben).address in {address for address, _ in pushed}) is is_author_told
        assert all(stanza.text("type") == kind for _, stanza in pushed)
