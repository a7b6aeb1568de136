"""The ways into a group that begin outside of it: its link, requests to join, invitations to single people."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.groups.members import Outcome, admit
from infra.local.whatsapp.groups.refusals import GroupRefused, require_admin
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.group_nodes import announce_change
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import LID, Jid
from infra.local.whatsapp.wire.node import Node

LINK_PREFIX = "https://chat.whatsapp.com/"

_CODE_BYTES = 16


def invite_code(network: Network, group: GroupChat, author: Account) -> str:
    """Return the code of the group's link, which is made when an admin first asks for it."""
    require_admin(group, author)
    if group.settings.invite:
        return group.settings.invite
    return _new_code(network, group)


def revoke_code(network: Network, group: GroupChat, author: Account) -> str:
    """Make a new code and announce it; who comes with the one before is told that it was revoked."""
    require_admin(group, author)
    revoked = tuple(filter(None, (*group.settings.revoked, group.settings.invite)))
    code = _new_code(network, replace(group, settings=replace(group.settings, revoked=revoked)))
    announce_change(network, group, author, Node("invite", {"code": code}))
    return code


def _new_code(network: Network, group: GroupChat) -> str:
    code = secrets.token_urlsafe(_CODE_BYTES)
    network.group_chats.save(replace(group, settings=replace(group.settings, invite=code)))
    return code


def group_by_code(network: Network, code: str) -> GroupChat:
    """Return the group to which a link leads; raise GroupRefused for one that was revoked, or never was one."""
    for group in network.group_chats.groups():
        if code and code == group.settings.invite:
            return group
        if code in group.settings.revoked:
            raise GroupRefused(410, "gone")
    raise GroupRefused(406, "not-acceptable")


def join(network: Network, account: Account, code: str) -> tuple[GroupChat, bool]:
    """Join by the link; return the group, and whether the account is in it or has to wait for an admin."""
    group = group_by_code(network, code)
    if account.number in group.members:
        raise GroupRefused(409, "conflict")
    if not group.settings.approval:
        admit(network, group, account, [account], "invite")
        return group, True
    others = tuple(request for request in group.settings.requests if request[0] != account.lid_user)
    settings = replace(group.settings, requests=(*others, (account.lid_user, now())))
    network.group_chats.save(replace(group, settings=settings))
    return group, False


def accept(network: Network, group: GroupChat, account: Account, code: str) -> None:
    """Join by an invitation that was meant for this account alone; raise GroupRefused without one."""
    if (account.lid_user, code) not in group.settings.invited:
        raise GroupRefused(410, "gone")
    admit(network, group, account, [account], "invite")


def decide(
    network: Network, group: GroupChat, author: Account, wanted: Sequence[tuple[Jid, Account | None]], *, approve: bool
) -> list[Outcome]:
    """Let in those who have asked to join, or turn them down; raise GroupRefused unless the author is an admin."""
    require_admin(group, author)
    waiting = dict(group.settings.requests)
    outcomes = [
        Outcome(jid, account, 200 if account and account.lid_user in waiting else 404) for jid, account in wanted
    ]
    chosen = [outcome.account for outcome in outcomes if outcome.account and outcome.status == 200]
    lids = {account.lid_user for account in chosen}
    left = tuple(request for request in group.settings.requests if request[0] not in lids)
    group = replace(group, settings=replace(group.settings, requests=left))
    admit(network, group, author, chosen if approve else [])
    return outcomes


def waiting(group: GroupChat, author: Account) -> list[tuple[Jid, int]]:
    """Return who asks to join, and since when; raise GroupRefused unless the author is an admin."""
    require_admin(group, author)
    return [(Jid(lid, LID), at) for lid, at in group.settings.requests]
