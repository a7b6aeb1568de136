"""What outlives a restart, and what is issued once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from infra.local.whatsapp.accounts import Address, Device
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.faults import Countdown, Counted, Faults, PairingFault
from infra.local.whatsapp.messages.group_chats import GroupChats
from infra.local.whatsapp.messages.group_settings import GroupSettings
from infra.local.whatsapp.messages.stanza_queues import StanzaQueues
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.message_history import MessageHistory
from infra.local.whatsapp.signal.bundle import Prekey, SignedPrekey
from infra.local.whatsapp.wire.jid import LID, Jid
from infra.local.whatsapp.wire.keys import KeyPair
from infra.local.whatsapp.wire.node import Node

_EARLIER_MESSAGES = """CREATE TABLE phone_messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, peer TEXT NOT NULL, id TEXT NOT NULL,
    from_me INTEGER NOT NULL, sender_device INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    details TEXT NOT NULL, status TEXT NOT NULL, timestamp INTEGER NOT NULL, payload BLOB NOT NULL,
    UNIQUE (number, peer, id, from_me))"""
_EARLIER_GROUPS = """CREATE TABLE circles (
    id TEXT NOT NULL, server TEXT NOT NULL, owner TEXT NOT NULL, subject TEXT NOT NULL, created_at INTEGER NOT NULL,
    members TEXT NOT NULL, PRIMARY KEY (id, server)) WITHOUT ROWID"""
_NUMBER = "491700000001"
_CLIENT = Address(_NUMBER, 1)


def _device(network: Network) -> Device:
    account = network.directory.by_number(_NUMBER) or network.directory.create(_NUMBER, "Desk")
    identity, id = KeyPair.generate(), network.directory.next_device(_NUMBER)
    prekey = SignedPrekey.issue(identity, 1, KeyPair.generate().public)
    device = Device(_NUMBER, account.lid_user, id, 7, identity.public, prekey, b"noise", b"adv")
    network.directory.add(device)
    return device


def test_accounts_devices_and_keys_are_found_again(tmp_path: Path) -> None:
    first = Network(Database(tmp_path / "db"))
    device = _device(first)
    account = first.directory.change(_NUMBER, name="Front desk", auto_receipts=False)
    first.database.close()
    second = Network(Database(tmp_path / "db"))
    assert (second.keys.root, second.keys.static) == (first.keys.root, first.keys.static)
    assert second.directory.accounts() == [account]
    assert second.directory.companions(_NUMBER) == [device]
    assert second.directory.next_device(_NUMBER) == 2
    second.database.close()


def test_a_new_phone_is_one_row_however_many_there_are_and_its_one_time_keys_come_later(network: Network) -> None:
    written = list(network.database.rows("SELECT total_changes()")[0])
    for number in range(50):
        network.directory.create(f"{491700000100 + number}", "Desk")
        written += network.database.rows("SELECT total_changes()")[0]
    assert [after - before for before, after in pairwise(written)] == [1] * 50
    assert network.database.rows("SELECT 1 FROM phone_prekeys") == []


def test_groups_and_lists_are_found_again(tmp_path: Path) -> None:
    first = Network(Database(tmp_path / "db"))
    group = first.group_chats.create_group("1", "House 7", ["2", "3", "2"])
    chosen = first.group_chats.broadcast_list("1", ["2", "3"])
    first.database.close()
    second = Network(Database(tmp_path / "db"))
    assert second.group_chats.find(group.jid) == group
    assert group.members == ("1", "2", "3")
    assert second.group_chats.groups_of("2") == [group]
    assert second.group_chats.groups_of("4") == []
    assert second.group_chats.broadcast_list("1", ["3", "2"]) == chosen
    assert second.group_chats.broadcast_list("2", ["1", "3"]) != chosen
    second.database.close()


def test_a_database_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "db")) as earlier:
        earlier.execute(_EARLIER_MESSAGES)
        earlier.execute(
            "INSERT INTO phone_messages VALUES (1, '1', '2', 'A', 0, 0, 'text', 'old', '{}', 'read', 0, '')"
        )
        earlier.execute(_EARLIER_GROUPS)
        earlier.execute("INSERT INTO circles VALUES ('5', 'g.us', '1', 'House 7', 0, '[\"1\", \"2\"]')")
        earlier.commit()
    database = Database(tmp_path / "db")
    (message,) = MessageHistory(database).after("1", 0)
    assert (message.text, message.author) == ("old", "")
    assert [group.members for group in GroupChats(database).groups()] == [("1", "2")]
    database.close()


def test_a_device_is_one_by_number_and_by_lid(network: Network) -> None:
    device = _device(network)
    assert network.directory.device(device.pn) == network.directory.device(device.lid) == device
    assert network.directory.device(Jid("1", LID, 1)) is None
    assert network.directory.account(Jid("100", LID)) is None


def test_a_removed_device_leaves_nothing_and_its_number_is_not_used_again(network: Network) -> None:
    device = _device(network)
    network.prekeys.upload(device, [Prekey(1, b"public")])
    network.directory.remove(device)
    assert network.directory.at(_CLIENT) is None
    assert network.prekeys.count(device) == 0
    assert _device(network).id == 2


def test_one_time_prekeys_are_issued_once(network: Network) -> None:
    device = _device(network)
    network.prekeys.upload(device, [Prekey(id, bytes((id,))) for id in (2, 1)])
    issued = [network.prekeys.bundle(device).one_time for _ in range(3)]
    assert issued == [Prekey(1, b"\1"), Prekey(2, b"\2"), None]


def test_a_phone_has_a_prekey_for_everyone_and_each_is_used_once(network: Network) -> None:
    account = network.directory.create(_NUMBER, "Desk")
    first, second = (network.prekeys.bundle(network.directory.phone(account)).one_time for _ in range(2))
    assert first and second and first.id != second.id
    pair = network.prekeys.private(_NUMBER, first.id)
    assert pair and pair.public == first.public
    network.prekeys.mark_used(_NUMBER, first.id)
    assert network.prekeys.private(_NUMBER, first.id) is None


def test_a_queue_keeps_its_order_until_acknowledged(network: Network) -> None:
    queues = StanzaQueues(network.database)
    stanzas = [Node("message", {"id": str(n), "from": Jid("1", LID, 3)}, [Node("enc", {}, b"x")]) for n in range(3)]
    for stanza in stanzas:
        queues.put(_CLIENT, stanza)
    assert queues.waiting(_CLIENT) == stanzas
    queues.acknowledge(_CLIENT, "message", "1", "1:3@lid")
    queues.acknowledge(_CLIENT, "receipt", "2", "1:3@lid")
    assert queues.waiting(_CLIENT) == [stanzas[0], stanzas[2]]


@pytest.mark.parametrize(
    ("countdown", "address", "hits"),
    [
        (Countdown(2), _CLIENT, [True, True, False]),
        (Countdown(None), _CLIENT, [True, True, True]),
        (Countdown(2), Address(_NUMBER, 0), [False, False, False]),
        (Countdown(2, device=0), Address(_NUMBER, 0), [True, True, False]),
        (Countdown(2, "491700000002"), _CLIENT, [False, False, False]),
        (Countdown(1, _NUMBER, 1), _CLIENT, [True, False, False]),
    ],
)
def test_a_counted_fault_hits_whom_it_names(countdown: Countdown, address: Address, hits: list[bool]) -> None:
    faults = Faults(counted={Counted.CORRUPT: countdown})
    assert [faults.hits(Counted.CORRUPT, address) for _ in range(3)] == hits


def test_cleared_faults_are_gone() -> None:
    faults = Faults(pairing=PairingFault.WRONG_HMAC, qr_refs=1, silent_everywhere=True)
    faults.refuse(60)
    faults.clear()
    assert faults == Faults()
    assert not faults.refusing


def test_a_group_is_restored_as_it_was_left(network: Network) -> None:
    settings = GroupSettings(admins=("1", "2"), description="Rules", invited=(("3", "code"),), requests=(("4", 5),))
    group = network.group_chats.create_group("1", "House", ["2"], settings=settings)
    assert network.group_chats.find(group.jid) == group
    network.group_chats.save(replace(group, members=()))
    assert network.group_chats.find(group.jid) is None
