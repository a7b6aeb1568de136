"""xmlns w:g2: groups are made and looked up."""

from __future__ import annotations

from infra.local.whatsapp.groups import announce_group, group_node
from infra.local.whatsapp.iq.request import IqError, Request
from infra.local.whatsapp.wire.node import Node


def create(request: Request) -> list[Node]:
    network, maker, asked = request.network, request.account, request.stanza.child("create")
    invited = [network.directory.account(node.jid("jid")) for node in asked.children("participant")]
    numbers = [account.number for account in invited if account]
    group = network.circles.create_group(maker.number, asked.text("subject"), numbers)
    announce_group(network, group, maker, request.device.address)
    return [group_node(network, group)]


def query(request: Request) -> list[Node]:
    group = request.network.circles.find(request.stanza.jid("to"))
    if group is None:
        raise IqError(404, "item-not-found")
    if request.device.number not in group.members:
        raise IqError(403, "forbidden")
    return [group_node(request.network, group)]


def participating(request: Request) -> list[Node]:
    groups = request.network.circles.groups_of(request.device.number)
    return [Node("groups", {}, [group_node(request.network, group) for group in groups])]
