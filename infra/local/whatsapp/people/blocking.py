"""Somebody is blocked, or not any more; the account's clients are told."""

from __future__ import annotations

import hashlib

from infra.local.whatsapp.accounts import Account, Address
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import Jid
from infra.local.whatsapp.wire.node import Attributes, Node


def change_block_list(
    network: Network, account: Account, other: Account, *, block: bool, by: Address | None = None
) -> None:
    """Block somebody or end that, and notify the account's clients except the one that did it."""
    before = list_hash(network.block_lists.of(account.number))
    network.block_lists.change(account.number, other.lid, block=block)
    item = Node("item", {"jid": other.lid, "pn_jid": other.pn, "action": "block" if block else "unblock"})
    hashes: Attributes = {"prev_dhash": before, "dhash": list_hash(network.block_lists.of(account.number))}
    changed = Node("blocklist", {"action": "modify", **hashes}, [item])
    for device in network.directory.companions(account.number):
        if device.address != by:
            attrs: Attributes = {"from": account.pn, "id": stanza_id(), "type": "account_sync", "t": now()}
            network.delivery.push(device.address, Node("notification", attrs, [changed]))


def list_node(network: Network, account: Account) -> Node:
    blocked = network.block_lists.of(account.number)
    return Node("list", {"dhash": list_hash(blocked)}, [Node("item", {"jid": jid}) for jid in blocked])


def list_hash(blocked: list[Jid]) -> str:
    return hashlib.sha256("".join(map(str, blocked)).encode()).hexdigest()[:12]
