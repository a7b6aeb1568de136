"""The address book of a phone, which its clients get as app state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.whatsapp.accounts import Account, Address
from infra.local.whatsapp.devices.app_state_patches import add_patch
from infra.local.whatsapp.look_ups import Named
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.app_state import Change, Collection, Index
from infra.local.whatsapp.phones.app_state_keys import AppStateKey
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import Jid

CONTACTS_COLLECTION = "critical_unblock_low"

_KIND = "contact"
_FORMAT_VERSION = 2


def publish_address_book(network: Network, account: Account, *, by: Address | None = None) -> None:
    """Bring the app state to what the address book says, and notify the account's clients except that one."""
    key = AppStateKey.of(network.database, account.number)
    collection = Collection(network.app_state, account.number, CONTACTS_COLLECTION, key)
    changes = list(_changes(collection.settings(), _entries(network, account)))
    if changes:
        add_patch(network, account, CONTACTS_COLLECTION, collection.change(changes), by=by)


def _changes(before: Mapping[Index, Any], entries: Mapping[Index, Any]) -> Iterator[Change]:
    """Yield what is new or otherwise in the entries, and then what is no more among them."""
    for index, value in entries.items():
        if index not in before or before[index].contactAction != value.contactAction:
            yield Change(index, value, _FORMAT_VERSION)
    for index in before:
        if index[0] == _KIND and index not in entries:
            yield Change(index, None, _FORMAT_VERSION)


def _entries(network: Network, account: Account) -> dict[Index, Any]:
    contacts = network.profiles.of(account.number).contacts
    return {(_KIND, str(Jid(number))): _entry(network, number, name) for number, name in contacts.items()}


def _entry(network: Network, number: str, name: str) -> Any:  # noqa: ANN401 - a proto.SyncActionValue
    value, other = proto.SyncActionValue(), network.directory.by_number(number)
    contact = value.contactAction
    contact.fullName, contact.firstName, contact.saveOnPrimaryAddressbook = name, name.partition(" ")[0], True
    if other and network.look_ups.named(number) is not Named.NONE:
        contact.lidJid = str(other.lid)
    return value
