"""Communities: a group without messages of its own, whose parts are linked with it, one of them for announcements."""

from __future__ import annotations

from dataclasses import replace

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.groups.members import create
from infra.local.whatsapp.groups.refusals import GroupRefused, require_admin, require_member
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.group_nodes import announce_change
from infra.local.whatsapp.messages.group_settings import GroupSettings
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.node import Attributes, Node


def create_community(network: Network, owner: Account, subject: str, key: str | None = None) -> GroupChat:
    """Create a community with its announcement group."""
    community, _ = create(network, owner, subject, [], settings=GroupSettings(is_parent=True), key=key)
    announcements = GroupSettings(parent=community.jid.user, announcement=True, default_sub_group=True)
    create(network, owner, subject, [], settings=announcements, hides_numbers=True)
    return community


def sub_groups(network: Network, community: GroupChat, reader: Account) -> list[GroupChat]:
    """Return the groups of a community; raise GroupRefused for who is in none of them."""
    parts = [group for group in network.group_chats.groups() if group.settings.parent == community.jid.user]
    if not any(reader.number in group.members for group in (community, *parts)):
        require_member(community, reader)
    return parts


def participants(network: Network, community: GroupChat, reader: Account) -> list[Account]:
    """Return the members of all groups of a community, each once."""
    groups = [community, *sub_groups(network, community, reader)]
    numbers = dict.fromkeys(number for group in groups for number in group.members)
    return [account for number in numbers if (account := network.directory.by_number(number))]


def link(network: Network, community: GroupChat, group: GroupChat, author: Account) -> None:
    """Make a group a part of a community; raise GroupRefused unless the author is an admin of both."""
    _require_admin_of_both(community, group, author)
    _save(network, community, group, author, "link", community.jid.user)


def unlink(network: Network, community: GroupChat, group: GroupChat, author: Account) -> None:
    """Take a group out of its community; raise GroupRefused for one that is not in it."""
    _require_admin_of_both(community, group, author)
    if group.settings.parent != community.jid.user or group.settings.default_sub_group:
        raise GroupRefused(404, "item-not-found")
    _save(network, community, group, author, "unlink", "")


def _require_admin_of_both(community: GroupChat, group: GroupChat, author: Account) -> None:
    require_admin(community, author)
    require_admin(group, author)
    if not community.settings.is_parent:
        raise GroupRefused(400, "bad-request")


def _save(network: Network, community: GroupChat, group: GroupChat, author: Account, change: str, parent: str) -> None:
    """Store where a group belongs now, and announce it in both."""
    network.group_chats.save(replace(group, settings=replace(group.settings, parent=parent)))
    reason = "unlink_group" if change == "unlink" else None
    for told, kind, other in ((community, "sub_group", group), (group, "parent_group", community)):
        attrs = {f"{change}_type": kind, "unlink_reason": reason}
        announce_change(network, told, author, Node(change, attrs, [target_node(other)]))


def target_node(group: GroupChat) -> Node:
    """Return the short description of a group that is linked."""
    part = [Node("default_sub_group")] if group.settings.default_sub_group else None
    attrs: Attributes = {"jid": group.jid, "id": group.jid.user, "subject": group.subject, "s_t": group.created_at}
    return Node("group", attrs, part)
