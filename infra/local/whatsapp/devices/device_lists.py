"""Device lists: their hash, and the notifications that they have changed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import Jid
from infra.local.whatsapp.wire.node import Attributes, Node

_HASH_BYTES = 6


def device_hash(jids: Iterable[Jid]) -> str:
    """Return WhatsApp's hash of a set of devices ("phash"), the same in any order."""
    named = sorted(f"{jid.user}.0:{jid.device}@{jid.server}" for jid in jids)
    digest = hashlib.sha256("".join(named).encode()).digest()[:_HASH_BYTES]
    return "2:" + base64.b64encode(digest).decode().rstrip("=")


def announce_added(network: Network, device: Device) -> None:
    _announce(network, device, "add")


def announce_removed(network: Network, device: Device) -> None:
    _announce(network, device, "remove")


def _announce(network: Network, changed: Device, change: str) -> None:
    """Notify the account's other clients, and the clients of accounts that have requested its devices."""
    account = network.directory.by_number(changed.number)
    if account is None:
        return
    for device in network.directory.companions(account.number):
        if device.address != changed.address:
            network.delivery.push(device.address, _own_list(network, account))
    for watcher in network.contacts.watchers(account.number):
        for device in network.directory.companions(watcher) if watcher != account.number else []:
            for notification in _changes(network, account, changed, change):
                network.delivery.push(device.address, notification)


def _own_list(network: Network, account: Account) -> Node:
    jids = [device.pn for device in network.directory.devices(account.number)]
    listed = [Node("device", {"jid": jid}) for jid in jids]
    attrs: Attributes = {"from": account.pn, "id": stanza_id(), "type": "account_sync", "t": now()}
    return Node("notification", attrs, [Node("devices", {"dhash": device_hash(jids)}, listed)])


def _changes(network: Network, account: Account, changed: Device, change: str) -> list[Node]:
    """Return the notifications of one change: from LID and number, as clients keep lists by either."""
    devices = network.directory.devices(account.number)
    by_lid = _change(account.lid, None, changed.lid, device_hash(device.lid for device in devices), change)
    by_number = _change(account.pn, account.lid, changed.pn, device_hash(device.pn for device in devices), change)
    return [by_lid, by_number]


def _change(sender: Jid, lid: Jid | None, changed: Jid, hash: str, change: str) -> Node:
    parts = [Node("device", {"jid": changed}), Node("key-index-list", {"ts": now()})]
    attrs: Attributes = {"from": sender, "lid": lid, "id": stanza_id(), "type": "devices", "t": now()}
    return Node("notification", attrs, [Node(change, {"device_hash": hash}, parts)])
