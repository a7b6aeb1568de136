"""The name by which an account shows itself to others, which its clients get as app state."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Account, Address
from infra.local.whatsapp.devices.app_state_patches import add_patch
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.app_state import Change, Collection
from infra.local.whatsapp.phones.app_state_keys import AppStateKey
from infra.local.whatsapp.wire import proto

PUSH_NAME_COLLECTION = "critical_block"

_INDEX = ("setting_pushName",)
_FORMAT_VERSION = 1


def publish_push_name(network: Network, account: Account, *, by: Address) -> None:
    """Make the first patch of the app state with the account's name; later ones are the clients' own."""
    if network.app_state.version(account.number, PUSH_NAME_COLLECTION):
        return
    value = proto.SyncActionValue()
    value.pushNameSetting.name = account.name
    key = AppStateKey.of(network.database, account.number)
    collection = Collection(network.app_state, account.number, PUSH_NAME_COLLECTION, key)
    patch = collection.change([Change(_INDEX, value, _FORMAT_VERSION)])
    add_patch(network, account, PUSH_NAME_COLLECTION, patch, by=by)
