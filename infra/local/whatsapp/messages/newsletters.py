"""What is published in newsletters (channels): it is not encrypted, and has no author but the newsletter."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Address
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.messages.group_chats import Newsletter
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.node import Attributes, Node


def publish(network: Network, newsletter: Newsletter, stanza: Node, publisher: Address | None = None) -> None:
    """Deliver a message with a plaintext to all devices of the readers, but not to the one that published it."""
    attrs: Attributes = {"from": newsletter.jid, "id": stanza.text("id"), "t": now()}
    copy = Node("message", {**attrs, "type": stanza.text("type") or "text"}, [stanza.child("plaintext")])
    for number in newsletter.readers:
        for device in network.directory.devices(number):
            if device.address != publisher:
                network.delivery.push(device.address, copy)
