"""Presence and typing notices."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.messages.delivery import now
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
        return
    name = stanza.text("name")
    account = network.directory.change(device.number, name=name or None)
    announce(network, account, available=stanza.text("type") != "unavailable")


def announce(network: Network, account: Account, *, available: bool) -> None:
    """Send the account's presence to its subscribers."""
    attrs: Attributes = {"from": account.lid}
    if not available:
        attrs |= {"type": "unavailable", "last": now()}
    for watcher in network.subscriptions.watchers(account.number):
        network.delivery.push_now(watcher, Node("presence", attrs))


def handle_chatstate(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    """Pass on that a client types."""
    show_typing(network, device, stanza.jid("to"), stanza.children())


def show_typing(network: Network, device: Device, to: Jid, states: list[Node]) -> None:
    """Send typing notices to the phone and the clients of the recipient, or of all others in the group."""
    sender = (device.pn if to.server == PHONE_NUMBER else device.lid).account
    group = network.group_chats.find(to)
    account = network.directory.account(to)
    readers = group.others(device.number) if group else [account.number] if account else []
    attrs: Attributes = {"from": to, "participant": sender} if group else {"from": sender}
    for number in readers:
        for state in states:
            network.typing.add(number, device.number, str(to) if group else device.number, _state(state))
        for target in network.directory.companions(number):
            network.delivery.push_now(target.address, Node("chatstate", attrs, states))


def _state(state: Node) -> str:
    return "recording" if state.text("media") == "audio" else state.tag
