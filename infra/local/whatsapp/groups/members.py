"""Who is in a group: members come, go, and change their rank."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.groups.refusals import require_admin, require_member
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.group_nodes import (
    address_attributes,
    announce_change,
    announce_group,
    participant_node,
)
from infra.local.whatsapp.messages.group_settings import DEFAULT, GroupSettings
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import Jid
from infra.local.whatsapp.wire.node import Node

_INVITATION_SECONDS = 3 * 24 * 3600
_CODE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one participant: 200, or the code of the refusal; those who must be asked get a `code`."""

    jid: Jid
    account: Account | None
    status: int = 200
    code: str = ""


def create(
    network: Network,
    owner: Account,
    subject: str,
    wanted: Sequence[tuple[Jid, Account | None]],
    *,
    hides_numbers: bool = False,
    settings: GroupSettings = DEFAULT,
    key: str | None = None,
) -> tuple[GroupChat, list[Outcome]]:
    """Create a group with those who let the owner add them, and announce it; return also what became of each."""
    group = GroupChat(Jid(""), owner.number, subject, 0, (owner.number,))
    outcomes = [_admission(network, group, owner, jid, account) for jid, account in wanted]
    added = [outcome.account.number for outcome in outcomes if outcome.account and outcome.status == 200]
    group = network.group_chats.create_group(
        owner.number, subject, added, hides_numbers=hides_numbers, settings=_invited(settings, outcomes)
    )
    attrs = {"key": key} if key else {}
    announce_group(network, group, owner, group.members, type="new", **attrs)
    return group, outcomes


def add(
    network: Network, group: GroupChat, author: Account, wanted: Sequence[tuple[Jid, Account | None]]
) -> list[Outcome]:
    """Add those who can be added; raise GroupRefused for an author who may not."""
    require_member(group, author)
    if group.settings.only_admins_add:
        require_admin(group, author)
    outcomes = [_admission(network, group, author, jid, account) for jid, account in wanted]
    group = replace(group, settings=_invited(group.settings, outcomes))
    admit(network, group, author, _successful(outcomes))
    return outcomes


def _admission(network: Network, group: GroupChat, author: Account, jid: Jid, account: Account | None) -> Outcome:
    if account is None:
        return Outcome(jid, None, 404)
    if account.number in group.members:
        return Outcome(jid, account, 409)
    if account.lid_user in group.settings.left:
        return Outcome(jid, account, 408)
    if not network.profiles.allows(account.number, "groupadd", author.number):
        return Outcome(jid, account, 403, secrets.token_urlsafe(_CODE_BYTES))
    return Outcome(jid, account)


def _invited(settings: GroupSettings, outcomes: Iterable[Outcome]) -> GroupSettings:
    invited = tuple((outcome.account.lid_user, outcome.code) for outcome in outcomes if outcome.account if outcome.code)
    return replace(settings, invited=(*settings.invited, *invited))


def admit(
    network: Network, group: GroupChat, author: Account, accounts: Sequence[Account], reason: str | None = None
) -> None:
    """Take accounts in: they learn of the group, the other members of them. `reason` is invite where they joined."""
    if not accounts:
        return network.group_chats.save(group)
    before, new = group.members, [account.number for account in accounts]
    lids = {account.lid_user for account in accounts}
    kept = replace(
        group.settings,
        left=tuple(lid for lid in group.settings.left if lid not in lids),
        requests=tuple(request for request in group.settings.requests if request[0] not in lids),
        invited=tuple(invitation for invitation in group.settings.invited if invitation[0] not in lids),
    )
    group = replace(group, members=tuple(dict.fromkeys((*before, *new))), settings=kept)
    network.group_chats.save(group)
    _announce(network, group, author, "add", accounts, before, reason)
    announce_group(network, group, author, new, reason=reason)
    return None


def remove(
    network: Network, group: GroupChat, author: Account, wanted: Sequence[tuple[Jid, Account | None]]
) -> list[Outcome]:
    """Remove members, but not the owner; raise GroupRefused unless the author is an admin."""
    require_admin(group, author)
    outcomes = [_among_members(group, jid, account) for jid, account in wanted]
    _take_out(network, group, author, _successful(outcomes))
    return outcomes


def leave(network: Network, group: GroupChat, account: Account) -> None:
    """Take a member out that goes of its own will; raise GroupRefused for who is none."""
    require_member(group, account)
    left = (*group.settings.left, account.lid_user)
    _take_out(network, replace(group, settings=replace(group.settings, left=left)), account, [account])


def _take_out(network: Network, group: GroupChat, author: Account, accounts: Sequence[Account]) -> None:
    """Take members out; where the owner goes, an admin or else the next member owns the group."""
    if not accounts:
        return
    gone, lids = {account.number for account in accounts}, {account.lid_user for account in accounts}
    left = tuple(number for number in group.members if number not in gone)
    admins = tuple(lid for lid in group.settings.admins if lid not in lids)
    changed = replace(group, members=left, settings=replace(group.settings, admins=admins))
    if group.owner in gone and left:
        ranked = [number for number in left if (found := network.directory.by_number(number)) and group.is_admin(found)]
        changed = replace(changed, owner=(ranked or left)[0])
    network.group_chats.save(changed)
    _announce(network, group, author, "remove", accounts, group.members)


def promote(
    network: Network, group: GroupChat, author: Account, wanted: Sequence[tuple[Jid, Account | None]]
) -> list[Outcome]:
    return _rank(network, group, author, wanted, admin=True)


def demote(
    network: Network, group: GroupChat, author: Account, wanted: Sequence[tuple[Jid, Account | None]]
) -> list[Outcome]:
    return _rank(network, group, author, wanted, admin=False)


def _rank(
    network: Network, group: GroupChat, author: Account, wanted: Sequence[tuple[Jid, Account | None]], *, admin: bool
) -> list[Outcome]:
    """Make members admins or take that away, but not from the owner; raise GroupRefused unless the author is one."""
    require_admin(group, author)
    outcomes = [_among_members(group, jid, account) for jid, account in wanted]
    chosen = _successful(outcomes)
    lids = tuple(account.lid_user for account in chosen)
    others = tuple(lid for lid in group.settings.admins if lid not in lids)
    group = replace(group, settings=replace(group.settings, admins=(*others, *lids) if admin else others))
    network.group_chats.save(group)
    if chosen:
        _announce(network, group, author, "promote" if admin else "demote", chosen, group.members)
    return outcomes


def _among_members(group: GroupChat, jid: Jid, account: Account | None) -> Outcome:
    if account is None or account.number not in group.members:
        return Outcome(jid, account, 404)
    return Outcome(jid, account, 405 if account.number == group.owner else 200)


def _successful(outcomes: Iterable[Outcome]) -> list[Account]:
    chosen = [outcome.account for outcome in outcomes if outcome.account and outcome.status == 200]
    return list({account.number: account for account in chosen}.values())


def _announce(
    network: Network,
    group: GroupChat,
    author: Account,
    change: str,
    accounts: Sequence[Account],
    members: Iterable[str],
    reason: str | None = None,
) -> None:
    listed = [participant_node(group, account) for account in accounts]
    announce_change(network, group, author, Node(change, {"reason": reason}, listed), members)


def outcome_node(group: GroupChat, outcome: Outcome) -> Node:
    """Return what the author of a change is told of one participant."""
    if outcome.status == 200 and outcome.account:
        return participant_node(group, outcome.account)
    address = address_attributes(group, outcome.account) if outcome.account else {"jid": outcome.jid}
    invitation = Node("add_request", {"code": outcome.code, "expiration": now() + _INVITATION_SECONDS})
    return Node("participant", {**address, "error": outcome.status}, [invitation] if outcome.code else None)
