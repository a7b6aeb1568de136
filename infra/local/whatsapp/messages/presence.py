"""Presence and typing notices."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Account, Address, Device
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.wire.jid import PHONE_NUMBER, Jid
from infra.local.whatsapp.wire.node import Attributes, Node


def handle_presence(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    """Subscribe the client to an account's presence, or publish the presence and name of its own."""
    if stanza.text("type") == "subscribe":
        account = network.directory.account(stanza.jid("to"))
        if account:
            network.subscriptions.add(account.number, device.address)
            _tell(network, account, device.address)
        return
    if stanza.text("type") == "unsubscribe":
        account = network.directory.account(stanza.jid("to"))
        if account:
            network.subscriptions.watchers(account.number).discard(device.address)
        return
    network.directory.change(device.number, name=stanza.text("name") or None)
    set_available(network, device.address, available=stanza.text("type") != "unavailable")


def end_presence(network: Network, address: Address) -> None:
    """Take back what a client said and wanted to know; its connection has ended."""
    network.subscriptions.forget_device(address)
    if network.subscriptions.uses(address):
        set_available(network, address, available=False)


def set_available(network: Network, address: Address, *, available: bool) -> None:
    """Record that a device is used or is not any more, and tell the subscribers of its account."""
    network.subscriptions.set_available(address, available=available)
    account = network.directory.by_number(address.number)
    if account:
        for watcher in network.subscriptions.watchers(account.number):
            _tell(network, account, watcher)


def _tell(network: Network, account: Account, watcher: Address) -> None:
    """Send an account's presence to a client that is available itself, as far as it may be seen by it."""
    if not network.subscriptions.uses(watcher):
        return
    if network.block_lists.blocks(account.number, network.directory.lid(watcher.number)):
        return
    attrs: Attributes = {"from": account.lid}
    if not network.subscriptions.is_available(account.number):
        seen = network.profiles.allows(account.number, "last", watcher.number)
        attrs |= {"type": "unavailable", "last": network.subscriptions.last_seen(account.number) if seen else "deny"}
    elif not network.profiles.allows(account.number, "online", watcher.number):
        return
    network.delivery.push_now(watcher, Node("presence", attrs))


def handle_chatstate(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    """Pass on that a client types."""
    show_typing(network, device, stanza.jid("to"), stanza.children())


def show_typing(network: Network, device: Device, to: Jid, states: list[Node]) -> None:
    """Send typing notices to the phone of the recipient, or of all others in the group, and to available clients."""
    sender = (device.pn if to.server == PHONE_NUMBER else device.lid).account
    group = network.group_chats.find(to)
    account = network.directory.account(to)
    readers = group.others(device.number) if group else [account.number] if account else []
    attrs: Attributes = {"from": to, "participant": sender} if group else {"from": sender}
    for number in readers:
        for state in states:
            network.typing.add(number, device.number, str(to) if group else device.number, _state(state))
        for target in network.directory.companions(number):
            if network.subscriptions.uses(target.address):
                network.delivery.push_now(target.address, Node("chatstate", attrs, states))


def _state(state: Node) -> str:
    return "recording" if state.text("media") == "audio" else state.tag
