"""xmlns w:g2: groups are created and looked up."""

from __future__ import annotations

from infra.local.whatsapp.iq.request import IqError, Request
from infra.local.whatsapp.messages.group_nodes import announce_group, group_node
from infra.local.whatsapp.wire.node import Node


def create(request: Request) -> list[Node]:
    network, creator, wanted = request.network, request.account, request.stanza.child("create")
    invited = [network.directory.account(node.jid("jid")) for node in wanted.children("participant")]
    numbers = [account.number for account in invited if account]
    group = network.group_chats.create_group(creator.number, wanted.text("subject"), numbers)
    announce_group(network, group, creator, request.device.address)
    return [group_node(network, group)]


def query(request: Request) -> list[Node]:
    group = request.network.group_chats.find(request.stanza.jid("to"))
    if group is None:
        raise IqError(404, "item-not-found")
    if request.device.number not in group.members:
        raise IqError(403, "forbidden")
    return [group_node(request.network, group)]


def participating(request: Request) -> list[Node]:
    groups = request.network.group_chats.groups_of(request.device.number)
    return [Node("groups", {}, [group_node(request.network, group) for group in groups])]
