from __future__ import annotations

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.connection import Connection
from infra.local.whatsapp.delivery import now
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import LID
from infra.local.whatsapp.wire.node import Attributes, Node


def handle_presence(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    if stanza.text("type") == "subscribe":
        account = network.directory.account(stanza.jid("to"))
        if account:
            network.subscriptions.add(account.number, device.address)
        return
    name = stanza.text("name")
    account = network.directory.change(device.number, name=name or None)
    announce(network, account, available=stanza.text("type") != "unavailable")


def announce(network: Network, account: Account, *, available: bool) -> None:
    attrs: Attributes = {"from": account.lid}
    if not available:
        attrs |= {"type": "unavailable", "last": now()}
    for watcher in network.subscriptions.watchers(account.number):
        network.delivery.push_now(watcher, Node("presence", attrs))


def handle_chatstate(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    to = stanza.jid("to")
    account = network.directory.account(to)
    sender = device.lid if to.server == LID else device.pn
    for target in network.directory.companions(account.number) if account else []:
        network.delivery.push_now(target.address, Node("chatstate", {"from": sender.account}, stanza.content))
