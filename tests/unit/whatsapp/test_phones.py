"""Virtual phones among themselves: real encryption, no client."""

from __future__ import annotations

import pytest

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.faults import Countdown, Counted
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones import contents
from infra.local.whatsapp.phones.contents import Target
from infra.local.whatsapp.phones.phones import Phones


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
