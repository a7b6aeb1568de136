"""xmlns w:g2: the groups of a community and their members are read, linked and taken out."""

from __future__ import annotations

from infra.local.whatsapp.groups import communities
from infra.local.whatsapp.groups.refusals import find_group
from infra.local.whatsapp.iq.groups import addressed
from infra.local.whatsapp.iq.request import Request
from infra.local.whatsapp.messages.group_nodes import address_attributes
from infra.local.whatsapp.wire.node import Node


def sub_groups(request: Request) -> list[Node]:
    parts = communities.sub_groups(request.network, addressed(request), request.account)
    return [Node("sub_groups", {}, [communities.target_node(part) for part in parts])]


def participants(request: Request) -> list[Node]:
    community = addressed(request)
    accounts = communities.participants(request.network, community, request.account)
    listed = [Node("participant", address_attributes(community, account)) for account in accounts]
    return [Node("linked_groups_participants", {}, listed)]


def link(request: Request) -> list[Node]:
    """Link groups with a community."""
    for part in request.stanza.child("links", "link").children("group"):
        group = find_group(request.network, part.jid("jid"))
        communities.link(request.network, addressed(request), group, request.account)
    return [request.stanza.child("links")]


def unlink(request: Request) -> list[Node]:
    """Take groups out of a community."""
    for part in request.stanza.child("unlink").children("group"):
        group = find_group(request.network, part.jid("jid"))
        communities.unlink(request.network, addressed(request), group, request.account)
    return [request.stanza.child("unlink")]
