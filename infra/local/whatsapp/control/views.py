"""The response bodies of the control API."""

from __future__ import annotations

from typing import Any

from infra.local.whatsapp.accounts import Account, Address, Device
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.typing_log import TypingSeen
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.message_history import StoredMessage
from infra.local.whatsapp.wire.jid import LID, Jid


def phone_view(network: Network, account: Account) -> dict[str, Any]:
    live = network.delivery.live()
    devices = network.directory.companions(account.number)
    return {
        "number": f"+{account.number}",
        "name": account.name,
        "lid": str(account.lid),
        "autoReceipts": account.auto_receipts,
        "aliases": [f"+{alias}" for alias in network.look_ups.aliases(account.number)],
        "named": network.look_ups.named(account.number),
        "devices": [_device_view(network, device, device.address in live) for device in devices],
    }


def _device_view(network: Network, device: Device, connected: bool) -> dict[str, Any]:
    return {
        "device": device.id,
        "connected": connected,
        "available": network.subscriptions.uses(device.address),
        "prekeys": network.prekeys.count(device),
        "unconfirmed": network.delivery.unconfirmed(device.address),
    }


def message_view(account: Account, message: StoredMessage) -> dict[str, Any]:
    """Return a message as JSON. In a group chat `to` is the chat; a newsletter's messages are from it, to the phone."""
    own, peer = f"+{account.number}", str(message.group_chat or f"+{message.peer}")
    author = f"+{message.author}" if message.author else own if message.from_me else peer
    return {
        "seq": message.seq,
        "id": message.id,
        "from": author,
        "to": peer if message.from_me or (message.group_chat and message.author) else own,
        "chat": peer,
        "kind": message.kind,
        "text": message.text,
        "fromMe": message.from_me,
        "device": message.sender_device,
        "status": message.status,
        "timestamp": message.timestamp,
        **message.details,
    }


def group_view(network: Network, group: GroupChat) -> dict[str, Any]:
    settings, picture = group.settings, network.pictures.of(group.jid)
    admins = [number for number in group.members if _is_admin(network, group, number)]
    return {
        "id": str(group.jid),
        "subject": group.subject,
        "owner": f"+{group.owner}",
        "members": [f"+{number}" for number in group.members],
        "admins": [f"+{number}" for number in admins],
        "hidesNumbers": group.hides_numbers,
        "createdAt": group.created_at,
        "description": settings.description,
        "announcement": settings.announcement,
        "locked": settings.locked,
        "timer": settings.timer,
        "approval": settings.approval,
        "onlyAdminsAdd": settings.only_admins_add,
        "pictureId": picture.id if picture else "",
        "community": settings.is_parent,
        "parent": f"{settings.parent}@g.us" if settings.parent else "",
        "invited": {_number(network, lid): code for lid, code in settings.invited},
        "requests": [_number(network, lid) for lid, _ in settings.requests],
    }


def _is_admin(network: Network, group: GroupChat, number: str) -> bool:
    account = network.directory.by_number(number)
    return account is not None and group.is_admin(account)


def _number(network: Network, lid: str) -> str:
    account = network.directory.account(Jid(lid, LID))
    return f"+{account.number}" if account else ""


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
        "refused": figures.refused,
        "logins": sum(figures.logins.values()),
        "loginsByNumber": {f"+{number}": count for number, count in figures.logins.items()},
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
