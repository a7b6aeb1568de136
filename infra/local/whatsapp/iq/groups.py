"""xmlns w:g2: groups are created, looked up, joined and left."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.groups import communities, invitations, members
from infra.local.whatsapp.groups.refusals import GroupRefused, find_group, require_admin, require_member
from infra.local.whatsapp.iq.request import Request
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.group_nodes import group_node
from infra.local.whatsapp.messages.group_settings import GroupSettings
from infra.local.whatsapp.wire.jid import GROUP, Jid
from infra.local.whatsapp.wire.node import Node


def addressed(request: Request) -> GroupChat:
    """Return the group that an iq is sent to; raise GroupRefused."""
    return find_group(request.network, request.stanza.jid("to"))


def participants(request: Request, parent: Node) -> list[tuple[Jid, Account | None]]:
    """Return who is named, and the account of each where there is one."""
    jids = [node.jid("jid") for node in parent.children("participant")]
    return [(jid, request.network.directory.account(jid)) for jid in jids]


def create(request: Request) -> list[Node]:
    """Create a group or a community; who cannot be added is named with the reason."""
    wanted = request.stanza.child("create")
    subject, key = wanted.text("subject"), wanted.text("key") or None
    if not subject:
        raise GroupRefused(406, "not-acceptable")
    if wanted.find("parent"):
        community = communities.create_community(request.network, request.account, subject, key)
        return [group_node(request.network, community)]
    settings = _settings(request, wanted)
    group, outcomes = members.create(
        request.network, request.account, subject, participants(request, wanted), settings=settings, key=key
    )
    node = group_node(request.network, group)
    refused = [members.outcome_node(group, outcome) for outcome in outcomes if outcome.status != 200]
    return [Node("group", node.attrs, [*node.children(), *refused])]


def _settings(request: Request, wanted: Node) -> GroupSettings:
    parent, timer = wanted.find("linked_parent"), wanted.find("ephemeral")
    joining = wanted.find("membership_approval_mode", "group_join")
    if parent:
        require_admin(find_group(request.network, parent.jid("jid")), request.account)
    return GroupSettings(
        announcement=wanted.find("announcement") is not None,
        locked=wanted.find("locked") is not None,
        timer=int(timer.text("expiration")) if timer else 0,
        approval=joining is not None and joining.text("state") == "on",
        parent=parent.jid("jid").user if parent else "",
    )


def query(request: Request) -> list[Node]:
    """Return the group, to members and to those whom an admin has invited."""
    group, invitation = addressed(request), request.stanza.find("query", "add_request")
    if invitation is None:
        require_member(group, request.account)
    elif (request.account.lid_user, invitation.text("code")) not in group.settings.invited:
        raise GroupRefused(410, "gone")
    return [group_node(request.network, group)]


def participating(request: Request) -> list[Node]:
    groups = request.network.group_chats.groups_of(request.device.number)
    return [Node("groups", {}, [group_node(request.network, group) for group in groups])]


def leave(request: Request) -> list[Node]:
    """Leave groups; what became of each is in the answer."""
    wanted = request.stanza.child("leave").children()
    return [Node("leave", {}, [_leave(request, node) for node in wanted])]


def _leave(request: Request, wanted: Node) -> Node:
    given = wanted.attrs.get("id")
    jid = given if isinstance(given, Jid) else Jid(str(given).partition("@")[0], GROUP)
    try:
        members.leave(request.network, find_group(request.network, jid), request.account)
    except GroupRefused as error:
        return Node("group", {"id": jid, "error": error.code})
    return Node("group", {"id": jid})


def read_invitation(request: Request) -> list[Node]:
    """Return the code of a group's link, or the group to which a code leads."""
    if code := request.stanza.child("invite").text("code"):
        return [group_node(request.network, invitations.group_by_code(request.network, code))]
    group = addressed(request)
    return [Node("invite", {"code": invitations.invite_code(request.network, group, request.account)})]


def use_invitation(request: Request) -> list[Node]:
    """Join by a code, or revoke a group's own."""
    if code := request.stanza.child("invite").text("code"):
        group, joined = invitations.join(request.network, request.account, code)
        return [Node("group" if joined else "membership_approval_request", {"jid": group.jid})]
    code = invitations.revoke_code(request.network, addressed(request), request.account)
    return [Node("invite", {"code": code})]


def accept(request: Request) -> list[Node]:
    code = request.stanza.child("accept").text("code")
    invitations.accept(request.network, addressed(request), request.account, code)
    return []
