"""Virtual phones among themselves: real encryption, no client."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from infra.local.whatsapp.accounts import Account, Address
from infra.local.whatsapp.devices.device_lists import device_hash
from infra.local.whatsapp.faults import Countdown, Counted
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.routing import ack_attributes
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones import contents
from infra.local.whatsapp.phones.composing import MessageBody, compose
from infra.local.whatsapp.phones.contents import Target
from infra.local.whatsapp.phones.phones import Phones
from infra.local.whatsapp.phones.wrappers import Context, in_context
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.node import Node


@pytest.fixture
def phones(network: Network) -> Phones:
    return Phones(network)


@pytest.fixture
def pair(network: Network) -> tuple[Account, Account]:
    return network.directory.create("491700000001", "Alice"), network.directory.create("491700000002", "Bob")


def _texts(phones: Phones, account: Account) -> list[str]:
    return [message.text for message in phones.history.after(account.number, 0)]


def _statuses(phones: Phones, account: Account) -> list[str]:
    return [message.status for message in phones.history.after(account.number, 0)]


def test_texts_are_delivered_and_read(phones: Phones, pair: tuple[Account, Account]) -> None:
    alice, bob = pair
    sent = phones.send(alice, bob, contents.text("hello"))
    assert (_texts(phones, bob), _statuses(phones, alice)) == (["hello"], ["delivered"])
    seen = phones.history.find(bob.number, sent)
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


def test_a_message_made_with_a_used_key_is_requested_again_unless_it_was_seen(
    network: Network, phones: Phones, pair: tuple[Account, Account]
) -> None:
    """This was seen with whatsmeow when it sends to and receives from one contact at once."""
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
    phones.receive(address, stanza.with_attributes(id="3AANOTHER"))
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
        changed = phones.history.find(phone.number, sent)
        assert changed and changed.text == "" and changed.details == {"edited": True, "deleted": True}


@pytest.fixture
def group(network: Network, phones: Phones, pair: tuple[Account, Account]) -> GroupChat:
    alice, bob = pair
    return phones.create_group(alice, "House 7", [bob, network.directory.create("491700000003", "Carol")])


def _members(network: Network, group: GroupChat) -> list[Account]:
    return [account for account in network.directory.accounts() if account.number in group.members]


def test_all_members_read_what_one_writes(network: Network, phones: Phones, group: GroupChat) -> None:
    members = _members(network, group)
    for position, author in enumerate((*members, *members)):
        phones.send(author, group, in_context(contents.text(f"{position}"), Context(mentioned=members)))
    for member in members:
        seen = phones.history.after(member.number, 0)
        assert [message.text for message in seen] == [f"{position}" for position in range(6)]
        assert [message.author for message in seen] == 2 * [account.number for account in members]
        assert all(message.details["mentions"] == [f"+{account.number}" for account in members] for message in seen)


def test_the_key_is_given_once_to_each_device(network: Network, phones: Phones, group: GroupChat) -> None:
    alice = _members(network, group)[0]
    counts: list[int] = []

    def watch(address: Address, stanza: Node) -> None:
        if stanza.tag == "message":
            counts.append(len(stanza.children("enc")))
        phones.receive(address, stanza)

    network.delivery.to_phone = watch
    for text in ("first", "second"):
        phones.send(alice, group, contents.text(text))
    assert counts == [2, 2, 1, 1]


def test_a_message_is_as_far_as_its_slowest_reader(
    network: Network, phones: Phones, pair: tuple[Account, Account], group: GroupChat
) -> None:
    alice, bob = pair
    network.directory.change("491700000003", auto_receipts=False)
    sent = phones.send(alice, group, contents.text("hello"))
    assert _statuses(phones, alice) == ["sent"]
    for reader, status in ((bob.number, "sent"), ("491700000003", "read")):
        account, seen = network.directory.by_number(reader), phones.history.find(reader, sent)
        assert account and seen
        phones.mark_read(account, seen)
        assert _statuses(phones, alice) == [status]
    mine = phones.history.find(alice.number, sent)
    assert mine and mine.details["receipts"] == {f"+{bob.number}": "read", "+491700000003": "read"}


def test_what_one_member_cannot_read_is_sent_again_to_that_one(
    network: Network, phones: Phones, pair: tuple[Account, Account], group: GroupChat
) -> None:
    alice, bob = pair
    for text in ("first", "garbled"):
        network.faults.counted[Counted.CORRUPT] = Countdown(1, bob.number, 0)
        phones.send(alice, group, contents.text(text))
    phones.send(alice, group, contents.text("last"))
    for member in group.members[1:]:
        assert [message.text for message in phones.history.after(member, 0)] == ["first", "garbled", "last"]
    assert network.statistics.undecryptable == {bob.number: 2}


def test_nobody_changes_what_another_member_wrote(
    network: Network, phones: Phones, pair: tuple[Account, Account], group: GroupChat
) -> None:
    alice, bob = pair
    sent = phones.send(alice, group, contents.text("mine"))
    phones.send(bob, group, contents.edit(Target(group.jid, sent, True), "yours"))
    phones.send(bob, group, contents.delete(Target(group.jid, sent, True)))
    for member in group.members:
        seen = phones.history.find(member, sent)
        assert seen and (seen.text, "deleted" in seen.details) == ("mine", False)


def test_a_clients_list_out_of_date_is_named_in_the_ack(network: Network, phones: Phones, group: GroupChat) -> None:
    sender = network.directory.devices(group.owner)[0]
    devices = group.devices(network.directory)
    for phash, expected in (("2:outdated", device_hash(device.lid for device in devices)), ("", None)):
        stanza = Node("message", {"to": group.jid, "id": "1", "phash": phash})
        assert ack_attributes(network, sender, group, stanza) == {"phash": expected}
    outsider = network.directory.create("491700000009", "Dave")
    stanza = Node("message", {"to": group.jid, "id": "1"})
    assert ack_attributes(network, network.directory.phone(outsider), group, stanza) == {"error": "403"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"kind": "template", "body": "On its way", "buttons": [{"text": "Call", "phone": "+49151"}]}, "On its way"),
        ({"kind": "interactive", "body": "Pick", "buttons": [{"name": "quick_reply"}]}, "Pick"),
        (
            {"kind": "list", "body": "Days", "button": "Show", "sections": [{"rows": [{"id": "1", "title": "A"}]}]},
            "Days",
        ),
        ({"kind": "list_reply", "row": {"id": "1", "title": "A"}}, "A"),
        ({"kind": "interactive_reply", "name": "flow", "body": "Done"}, "Done"),
        ({"kind": "contact", "contacts": [{"name": "Ana", "vcard": ""}, {"name": "Ben", "vcard": ""}]}, "2 contacts"),
        ({"kind": "poll", "question": "When?", "options": ["Mon"], "selectable": 0}, "When?"),
        ({"kind": "group_invite", "group": "1@g.us", "name": "House", "code": "c", "caption": "Join"}, "Join"),
        ({"kind": "order", "title": "Lamps", "items": 2, "thousandths": 45500, "currency": "EUR"}, "Lamps"),
    ],
)
def test_every_kind_is_received_as_it_was_sent(
    network: Network, phones: Phones, pair: tuple[Account, Account], body: dict[str, object], text: str
) -> None:
    alice, bob = pair
    request = TypeAdapter(MessageBody).validate_python({"to": bob.number, **body})
    phones.send(alice, *compose(network, phones.history, alice, request))
    (received,) = phones.history.after(bob.number, 0)
    assert (received.kind, received.text) == (body["kind"], text)


def test_a_reply_carries_what_it_replies_to(network: Network, phones: Phones, pair: tuple[Account, Account]) -> None:
    alice, bob = pair
    question = phones.send(alice, bob, contents.text("When?"))
    request = TypeAdapter(MessageBody).validate_python({"to": alice.number, "text": "Now", "quotes": question})
    phones.send(bob, *compose(network, phones.history, bob, request))
    received = phones.history.after(alice.number, 0)[-1]
    context = proto.Message.FromString(received.payload).extendedTextMessage.contextInfo
    assert (received.text, context.stanzaId, context.participant) == ("Now", question, str(alice.lid))
    assert context.quotedMessage.conversation == "When?"
