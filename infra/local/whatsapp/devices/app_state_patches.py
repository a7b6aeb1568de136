"""An account's app state changes; its other clients are told, and fetch what is new."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Account, Address
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.node import Attributes, Node


def add_patch(network: Network, account: Account, collection: str, patch: bytes, *, by: Address | None = None) -> int:
    """Store a patch, notify the account's clients except the one that it is from, and return its version."""
    version = network.app_state.append(account.number, collection, patch)
    changed = Node("collection", {"name": collection, "version": version})
    for device in network.directory.companions(account.number):
        if device.address != by:
            attrs: Attributes = {"from": account.pn, "id": stanza_id(), "type": "server_sync", "t": now()}
            network.delivery.push(device.address, Node("notification", attrs, [changed]))
    return version
