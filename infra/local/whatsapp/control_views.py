"""What the control API answers."""

from __future__ import annotations

from typing import Any

from infra.local.whatsapp.accounts import Account, Address, Device
from infra.local.whatsapp.circles import Circle
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.memory import Remembered
from infra.local.whatsapp.typing_log import TypingSeen


def phone_view(network: Network, account: Account) -> dict[str, Any]:
    live = network.delivery.live()
    devices = network.directory.companions(account.number)
    return {
        "number": f"+{account.number}",
        "name": account.name,
        "lid": str(account.lid),
        "autoReceipts": account.auto_receipts,
        "devices": [_device_view(network, device, device.address in live) for device in devices],
    }


def _device_view(network: Network, device: Device, connected: bool) -> dict[str, Any]:
    return {
        "device": device.id,
        "connected": connected,
        "prekeys": network.prekeys.count(device),
        "unconfirmed": network.delivery.unconfirmed(device.address),
    }


def message_view(account: Account, message: Remembered) -> dict[str, Any]:
    """In a chat of many, to is the chat; what a newsletter publishes comes from it and goes to the phone."""
    own, peer = f"+{account.number}", str(message.circle or f"+{message.peer}")
    author = f"+{message.author}" if message.author else own if message.from_me else peer
    return {
        "seq": message.seq,
        "id": message.id,
        "from": author,
        "to": peer if message.from_me or (message.circle and message.author) else own,
        "chat": peer,
        "kind": message.kind,
        "text": message.text,
        "fromMe": message.from_me,
        "device": message.sender_device,
        "status": message.status,
        "timestamp": message.timestamp,
        **message.details,
    }


def group_view(group: Circle) -> dict[str, Any]:
    return {
        "id": str(group.jid),
        "subject": group.subject,
        "owner": f"+{group.owner}",
        "members": [f"+{number}" for number in group.members],
        "createdAt": group.created_at,
    }


def typing_view(seen: TypingSeen) -> dict[str, Any]:
    chat = seen.chat if "@" in seen.chat else f"+{seen.chat}"
    return {"from": f"+{seen.author}", "chat": chat, "state": seen.state, "at": seen.at}


def problems_view(network: Network) -> dict[str, list[str]]:
    problems = network.problems
    return {
        "unknownStanzas": problems.unknown_stanzas,
        "refusedHosts": problems.refused_hosts,
        "errors": problems.errors,
    }


def statistics_view(network: Network) -> dict[str, Any]:
    figures = network.statistics
    return {
        "startedAt": figures.started_at,
        "connects": figures.connects,
        "logins": figures.logins,
        "conflicts": len(figures.conflicts),
        "conflictList": [{**conflict, "number": f"+{conflict['number']}"} for conflict in figures.conflicts],
        "messagesReceived": [{**_named(address), "ids": ids} for address, ids in figures.received.items()],
        "receiptsReceived": [{**_named(address), "count": count} for address, count in figures.receipts.items()],
        "undecryptable": {f"+{number}": count for number, count in figures.undecryptable.items()},
        "reusedKeys": {f"+{number}": count for number, count in figures.reused_keys.items()},
        "connectedDevices": [
            {**_named(address), "since": connection.since} for address, connection in network.delivery.live().items()
        ],
    }


def _named(address: Address) -> dict[str, Any]:
    return {"number": f"+{address.number}", "device": address.device}
