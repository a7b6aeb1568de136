"""The picture of an account or a group changes; who sees it is told."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.people.pictures import Picture
from infra.local.whatsapp.wire.node import Attributes, Node

_JPEG = b"\xff\xd8\xff"


class NoJpeg(Exception):
    """WhatsApp takes pictures as JPEG only."""


def set_picture(network: Network, owner: Account | GroupChat, author: Account, image: bytes) -> Picture | None:
    """Change a picture, or remove it where the image is empty, and announce that; raise NoJpeg."""
    jid = owner.lid if isinstance(owner, Account) else owner.jid
    if not image:
        network.pictures.delete(jid)
        _announce(network, owner, Node("delete", {"jid": jid, "author": author.lid}))
        return None
    if not image.startswith(_JPEG):
        raise NoJpeg
    picture = network.pictures.save(jid, network.media.put("picture", image))
    _announce(network, owner, Node("set", {"jid": jid, "id": picture.id, "author": author.lid}))
    return picture


def _announce(network: Network, owner: Account | GroupChat, change: Node) -> None:
    """Notify the members of a group; of an account's picture its own clients and those who have looked it up."""
    if isinstance(owner, Account):
        numbers = [owner.number, *network.contacts.watchers(owner.number)]
        numbers = [number for number in numbers if network.profiles.allows(owner.number, "profile", number)]
    else:
        numbers = list(owner.members)
    attrs: Attributes = {"from": change.jid("jid"), "type": "picture", "t": now()}
    for number in dict.fromkeys(numbers):
        for device in network.directory.companions(number):
            network.delivery.push(device.address, Node("notification", {**attrs, "id": stanza_id()}, [change]))
