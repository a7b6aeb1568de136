"""Virtual phones among themselves: real encryption, no client."""

from __future__ import annotations

import pytest

from infra.local.whatsapp.accounts import Account, Address
from infra.local.whatsapp.faults import Countdown, Counted
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones import contents
from infra.local.whatsapp.phones.contents import Target
from infra.local.whatsapp.phones.phones import Phones
from infra.local.whatsapp.wire.node import Node


@pytest.fixture
def phones(network: Network) -> Phones:
    return Phones(network)


@pytest.fixture
def pair(network: Network) -> tuple[Account, Account]:
    return network.directory.create("491700000001", "Alice"), network.directory.create("491700000002", "Bob")


def _texts(phones: Phones, account: Account) -> list[str]:
    return [message.text for message in phones.memory.after(account.number, 0)]


def _statuses(phones: Phones, account: Account) -> list[str]:
    return [message.status for message in phones.memory.after(account.number, 0)]


def test_texts_are_delivered_and_read(phones: Phones, pair: tuple[Account, Account]) -> None:
    alice, bob = pair
    sent = phones.send(alice, bob, contents.text("hello"))
    assert (_texts(phones, bob), _statuses(phones, alice)) == (["hello"], ["delivered"])
    seen = phones.memory.find(bob.number, sent)
    assert seen
    phones.mark_read(bob, seen)
    assert _statuses(phones, alice) == _statuses(phones, bob) == ["read"]


def test_without_receipts_a_message_stays_sent(network: Network, phones: Phones, pair: tuple[Account, Account]) -> None:
    alice, bob = pair
    network.directory.change(bob.number, auto_receipts=False)
    phones.send(alice, bob, contents.text("hello"))
    assert (_texts(phones, bob), _statuses(phones, alice)) == (["hello"], ["sent"])


def test_what_cannot_be_read_is_sent_again(network: Network, phones: Phones, pair: tuple[Account, Account]) -> None:
    alice, bob = pair
    phones.send(alice, bob, contents.text("first"))
    network.faults.counted[Counted.CORRUPT] = Countdown(1, bob.number, 0)
    phones.send(alice, bob, contents.text("garbled"))
    phones.send(bob, alice, contents.text("still there"))
    phones.send(alice, bob, contents.text("last"))
    assert _texts(phones, bob) == ["first", "garbled", "still there", "last"]
    assert network.statistics.undecryptable == {bob.number: 1}


def test_a_message_made_with_a_used_key_is_asked_for_again_unless_it_was_seen(
    network: Network, phones: Phones, pair: tuple[Account, Account]
) -> None:
    """Seen with whatsmeow when it sends to and receives from one contact at once."""
    alice, bob = pair
    copies: list[tuple[Address, Node]] = []

    def watch(address: Address, stanza: Node) -> None:
        copies.append((address, stanza))
        phones.receive(address, stanza)

    network.delivery.to_phone = watch
    phones.send(alice, bob, contents.text("first"))
    address, stanza = copies[0]
    phones.receive(address, stanza)
    assert network.statistics.undecryptable == {}
    phones.receive(address, stanza.changed(id="3AANOTHER"))
    assert network.statistics.reused_keys == network.statistics.undecryptable == {bob.number: 1}
    assert copies[-1][1].text("type") == "retry"
    assert _texts(phones, bob) == ["first"]


def test_what_never_can_be_read_is_given_up(network: Network, phones: Phones, pair: tuple[Account, Account]) -> None:
    alice, bob = pair
    network.faults.counted[Counted.CORRUPT] = Countdown(None, bob.number, 0)
    phones.send(alice, bob, contents.text("never"))
    assert _texts(phones, bob) == []
    assert network.statistics.undecryptable[bob.number] == 6


def test_edits_and_deletions_change_what_their_writer_wrote(phones: Phones, pair: tuple[Account, Account]) -> None:
    alice, bob = pair
    sent = phones.send(alice, bob, contents.text("frist"))
    phones.send(bob, alice, contents.edit(Target(alice.lid, sent, True), "forged"))
    phones.send(alice, bob, contents.edit(Target(bob.lid, sent, True), "first"))
    for phone in pair:
        assert _texts(phones, phone) == ["first", "forged", "first"]
    phones.send(alice, bob, contents.delete(Target(bob.lid, sent, True)))
    for phone in pair:
        changed = phones.memory.find(phone.number, sent)
        assert changed and changed.text == "" and changed.details == {"edited": True, "deleted": True}
