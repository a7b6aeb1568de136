"""The changes of a group's subject, description and settings; each is announced to all members."""

from __future__ import annotations

from dataclasses import replace

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.groups.refusals import GroupRefused, require_admin, require_member
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.group_nodes import announce_change, approval_node
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.node import Attributes, Node

_LONGEST_SUBJECT = 100
_LONGEST_DESCRIPTION = 2048
_TIMERS = (0, 86400, 604800, 7776000)


def require_editor(group: GroupChat, author: Account) -> None:
    """Raise GroupRefused unless the author may change what describes the group."""
    require_member(group, author)
    if group.settings.locked:
        require_admin(group, author)


def set_subject(network: Network, group: GroupChat, author: Account, subject: str) -> None:
    require_editor(group, author)
    if not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise GroupRefused(406, "not-acceptable")
    changed = replace(group.settings, subject_by=author.lid_user, subject_at=now())
    network.group_chats.save(replace(group, subject=subject, settings=changed))
    attrs: Attributes = {"subject": subject, "s_t": changed.subject_at, "s_o": author.lid}
    announce_change(network, group, author, Node("subject", attrs))


def set_description(network: Network, group: GroupChat, author: Account, text: str, id: str, previous: str) -> None:
    """Change the description, or delete it when it is empty; raise GroupRefused where `previous` is not its id now."""
    require_editor(group, author)
    if previous != group.settings.description_id:
        raise GroupRefused(409, "conflict")
    if len(text) > _LONGEST_DESCRIPTION:
        raise GroupRefused(406, "not-acceptable")
    body = Node("body", {}, text.encode()) if text else Node("delete")
    announced = Node("description", {"id": id}, [body])
    described = {"description": text, "description_id": id, "description_by": author.lid_user}
    _change(network, group, author, announced, **described, description_at=now())


def set_announcement(network: Network, group: GroupChat, author: Account, *, on: bool) -> None:
    """Let only admins write, or everybody."""
    require_admin(group, author)
    tag = "announcement" if on else "not_announcement"
    _change(network, group, author, Node(tag, {"v_id": stanza_id()}), announcement=on)


def set_locked(network: Network, group: GroupChat, author: Account, *, on: bool) -> None:
    """Let only admins change what describes the group, or everybody."""
    require_admin(group, author)
    _change(network, group, author, Node("locked" if on else "unlocked"), locked=on)


def set_timer(network: Network, group: GroupChat, author: Account, seconds: int) -> None:
    """Let messages disappear after one of the times that WhatsApp offers; never with 0."""
    require_editor(group, author)
    if seconds not in _TIMERS:
        raise GroupRefused(400, "bad-request")
    node = Node("ephemeral", {"expiration": seconds}) if seconds else Node("not_ephemeral")
    _change(network, group, author, node, timer=seconds)


def set_approval(network: Network, group: GroupChat, author: Account, *, on: bool) -> None:
    """Let admins decide about those who join by the link, or let them in at once."""
    require_admin(group, author)
    _change(network, group, author, approval_node(on=on), approval=on)


def set_adders(network: Network, group: GroupChat, author: Account, *, only_admins: bool) -> None:
    """Let only admins add members, or everybody."""
    require_admin(group, author)
    mode = b"admin_add" if only_admins else b"all_member_add"
    _change(network, group, author, Node("member_add_mode", {}, mode), only_admins_add=only_admins)


def _change(network: Network, group: GroupChat, author: Account, announced: Node, **changed: str | int | bool) -> None:
    network.group_chats.save(replace(group, settings=replace(group.settings, **changed)))  # type: ignore[arg-type]
    announce_change(network, group, author, announced)
