"""The node that describes a group, and the notifications of its members."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import GROUP, LID, Jid
from infra.local.whatsapp.wire.node import Attributes, Node

_KEY_BYTES = 8


def group_node(network: Network, group: GroupChat) -> Node:
    """Return the description of a group: subject, creator, members, settings."""
    members = [account for number in group.members if (account := network.directory.by_number(number))]
    owner = next((account for account in members if account.number == group.owner), None)
    settings = group.settings
    attrs: Attributes = {
        "id": group.jid.user,
        "subject": group.subject,
        "creation": group.created_at,
        "creator": owner.lid if owner else None,
        "creator_pn": owner.pn if owner and not group.hides_numbers else None,
        "s_t": settings.subject_at or group.created_at,
        "s_o": Jid(settings.subject_by, LID) if settings.subject_by else owner.lid if owner else None,
        "addressing_mode": LID,
        "size": len(members),
    }
    return Node("group", attrs, [*(participant_node(group, account) for account in members), *_setting_nodes(group)])


def participant_node(group: GroupChat, account: Account) -> Node:
    """Return a member with its rank, and its number unless the group hides it."""
    rank = "superadmin" if account.number == group.owner else "admin" if group.is_admin(account) else None
    return Node("participant", {**address_attributes(group, account), "type": rank})


def address_attributes(group: GroupChat, account: Account) -> Attributes:
    return {"jid": account.lid, "phone_number": None if group.hides_numbers else account.pn}


def _setting_nodes(group: GroupChat) -> list[Node]:
    settings = group.settings
    mode = b"admin_add" if settings.only_admins_add else b"all_member_add"
    nodes = {
        "announcement": settings.announcement,
        "locked": settings.locked,
        "default_sub_group": settings.default_sub_group,
    }
    return [
        *(Node(tag) for tag, present in nodes.items() if present),
        *([_description(group)] if settings.description else []),
        *([Node("ephemeral", {"expiration": settings.timer})] if settings.timer else []),
        *([approval_node(on=True)] if settings.approval else []),
        *([Node("linked_parent", {"jid": Jid(settings.parent, GROUP)})] if settings.parent else []),
        *([Node("parent", {"default_membership_approval_mode": "request_required"})] if settings.is_parent else []),
        Node("member_add_mode", {}, mode),
    ]


def _description(group: GroupChat) -> Node:
    settings = group.settings
    author = Jid(settings.description_by, LID) if settings.description_by else None
    attrs: Attributes = {"id": settings.description_id, "participant": author, "t": settings.description_at}
    return Node("description", attrs, [Node("body", {}, settings.description.encode())])


def approval_node(*, on: bool) -> Node:
    state = Node("group_join", {"state": "on" if on else "off"})
    return Node("membership_approval_mode", {}, [state])


def announce_group(
    network: Network, group: GroupChat, author: Account, members: Iterable[str], **attrs: str | None
) -> None:
    """Notify the clients of these members that they are in a group; `attrs`: type, key and reason."""
    key: Attributes = {"key": secrets.token_hex(_KEY_BYTES), **attrs}
    _notify(network, group, author, Node("create", key, [group_node(network, group)]), members)


def announce_change(
    network: Network, group: GroupChat, author: Account, change: Node, members: Iterable[str] | None = None
) -> None:
    """Notify the clients of all members, of the author, too, or of these numbers alone."""
    _notify(network, group, author, change, group.members if members is None else members)


def _notify(network: Network, group: GroupChat, author: Account, change: Node, members: Iterable[str]) -> None:
    attrs: Attributes = {
        "from": group.jid,
        "type": "w:gp2",
        "t": now(),
        "notify": author.name,
        "participant": author.lid,
        "participant_pn": None if group.hides_numbers else author.pn,
        "addressing_mode": LID,
    }
    for number in dict.fromkeys(members):
        for device in network.directory.companions(number):
            network.delivery.push(device.address, Node("notification", {**attrs, "id": stanza_id()}, [change]))
