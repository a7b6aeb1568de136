from __future__ import annotations

from dataclasses import replace

import pyaileys.appstate as reference
import pytest

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.devices.device_lists import device_hash
from infra.local.whatsapp.look_ups import Named
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.address_book import CONTACTS_COLLECTION, publish_address_book
from infra.local.whatsapp.phones.app_state_keys import AppStateKey
from infra.local.whatsapp.phones.push_name import PUSH_NAME_COLLECTION, publish_push_name
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import LID, Jid


class Reader:
    """Another implementation, which verifies the patches of one collection."""

    def __init__(self, network: Network, account: Account, collection: str) -> None:
        self._network, self._account, self._collection = network, account, collection
        self._state = reference.HashState()
        self._macs: dict[bytes, bytes] = {}

    def read(self) -> list[list[reference.Mutation]]:
        """Return the mutations of every patch since the one that was read last."""
        patches = self._network.app_state.after(self._account.number, self._collection, self._state.version)
        return [self._open(patch) for patch in patches]

    def _open(self, patch: bytes) -> list[reference.Mutation]:
        key = AppStateKey.of(self._network.database, self._account.number)
        result = reference.process_patch(
            proto.SyncdPatch.FromString(patch),
            self._state,
            {key.id: reference.expand_app_state_keys(key.secret)}.__getitem__,
            self._macs.get,
            validate_macs=True,
            collection_name=self._collection,
        )
        assert not result.has_missing_remove
        self._state = result.state
        self._macs.update({mac.index_mac: mac.value_mac for mac in result.added_macs})
        for mac in result.removed_index_macs:
            del self._macs[mac]
        return list(result.mutations)


@pytest.fixture
def ada(network: Network) -> Account:
    return network.directory.create("491700000001", "Ada")


@pytest.fixture
def book(network: Network, ada: Account) -> Reader:
    return Reader(network, ada, CONTACTS_COLLECTION)


def _save(network: Network, account: Account, **contacts: str) -> None:
    """Make these the address book, by the last digit of their numbers."""
    named = {f"49170000000{key[-1]}": name for key, name in contacts.items()}
    network.profiles.save(account.number, replace(network.profiles.of(account.number), contacts=named))
    publish_address_book(network, account)


def test_the_name_is_published_once(network: Network, ada: Account) -> None:
    reader = Reader(network, ada, PUSH_NAME_COLLECTION)
    for _ in range(2):
        publish_push_name(network, ada, by=network.directory.phone(ada).address)
    ((mutation,),) = reader.read()
    assert mutation.action_value.pushNameSetting.name == "Ada"


def test_the_address_book_is_published_by_its_changes(network: Network, ada: Account, book: Reader) -> None:
    ben = network.directory.create("491700000002", "Ben")
    _save(network, ada, n2="Ben Bo Berg", n3="Cem")
    ((first, second),) = book.read()
    contact = first.action_value.contactAction
    assert (contact.fullName, contact.firstName, contact.lidJid) == ("Ben Bo Berg", "Ben", str(ben.lid))
    assert second.action_value.contactAction.lidJid == ""
    _save(network, ada, n2="Ben Bo Berg", n4="Dan")
    _save(network, ada, n2="Ben", n4="Dan")
    assert [[(change.operation, change.index[1][11]) for change in patch] for patch in book.read()] == [
        [(0, "4"), (1, "3")],
        [(0, "2")],
    ]
    _save(network, ada, n2="Ben", n4="Dan")
    assert book.read() == []
    _save(network, ada)
    assert [len(patch) for patch in book.read()] == [2]


def test_an_address_book_does_not_tell_a_lid_that_nothing_tells(network: Network, ada: Account, book: Reader) -> None:
    network.look_ups.set_named(network.directory.create("491700000002", "Ben").number, Named.NONE)
    _save(network, ada, n2="Ben")
    ((mutation,),) = book.read()
    assert mutation.action_value.contactAction.lidJid == ""


def test_a_key_is_made_once(network: Network) -> None:
    assert AppStateKey.of(network.database, "1") == AppStateKey.of(network.database, "1")
    assert AppStateKey.of(network.database, "1") != AppStateKey.of(network.database, "2")


def test_a_set_of_devices_has_one_name_whatever_its_order() -> None:
    jids = [Jid("100", LID), Jid("100", LID, 2)]
    assert device_hash(jids) == device_hash(reversed(jids)) != device_hash(jids[:1])
