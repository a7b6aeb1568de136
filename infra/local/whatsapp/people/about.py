"""The texts in which people say something about themselves, and the names by which others see them."""

from __future__ import annotations

from dataclasses import replace

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.node import Attributes, Node


def set_about(network: Network, account: Account, text: str) -> None:
    """Change the text and notify those who have looked the account up and may see it."""
    profiles, number = network.profiles, account.number
    profiles.save(number, replace(profiles.of(number), about=text, about_at=now()))
    for watcher in network.contacts.watchers(number):
        for device in network.directory.companions(watcher) if profiles.allows(number, "status", watcher) else []:
            attrs: Attributes = {"from": account.lid, "id": stanza_id(), "type": "status", "t": now()}
            network.delivery.push(device.address, Node("notification", attrs, [Node("set", {}, text.encode())]))


def business_node(name: str) -> Node:
    """Return the certified name of a business account, as look-ups have it."""
    details = proto.VerifiedNameCertificate.Details(serial=1, issuer="smb:wa", verifiedName=name)
    certificate = proto.VerifiedNameCertificate(details=details.SerializeToString())
    return Node("business", {}, [Node("verified_name", {"verified_level": "unknown"}, certificate.SerializeToString())])
