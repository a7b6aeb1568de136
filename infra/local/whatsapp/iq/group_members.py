"""xmlns w:g2: members of a group are added, removed, promoted and demoted, and admitted on their request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.groups import invitations, members
from infra.local.whatsapp.groups.members import Outcome, outcome_node
from infra.local.whatsapp.groups.refusals import find_group
from infra.local.whatsapp.iq.groups import addressed, participants
from infra.local.whatsapp.iq.request import Request
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import Jid
from infra.local.whatsapp.wire.node import Node

Change: TypeAlias = Callable[[Network, GroupChat, Account, Sequence[tuple[Jid, Account | None]]], list[Outcome]]


def change(apply: Change) -> Callable[[Request], list[Node]]:
    """Return the handler of a change, which answers with the outcome of each participant."""

    def handle(request: Request) -> list[Node]:
        group, wanted = addressed(request), request.stanza.children()[0]
        outcomes = apply(request.network, group, request.account, participants(request, wanted))
        after = request.network.group_chats.find(group.jid) or group
        return [Node(wanted.tag, {}, [outcome_node(after, outcome) for outcome in outcomes])]

    return handle


add, remove = change(members.add), change(members.remove)
promote, demote = change(members.promote), change(members.demote)


def requests(request: Request) -> list[Node]:
    waiting = invitations.waiting(addressed(request), request.account)
    listed = [Node("membership_approval_request", {"jid": jid, "request_time": at}) for jid, at in waiting]
    return [Node("membership_approval_requests", {}, listed)]


def decide(request: Request) -> list[Node]:
    """Approve or reject those who ask to join."""
    group, answers = addressed(request), []
    for wanted in request.stanza.child("membership_requests_action").children():
        chosen, approve = participants(request, wanted), wanted.tag == "approve"
        group = find_group(request.network, group.jid)
        outcomes = invitations.decide(request.network, group, request.account, chosen, approve=approve)
        answers.append(Node(wanted.tag, {}, [outcome_node(group, outcome) for outcome in outcomes]))
    return [Node("membership_requests_action", {}, answers)]
