"""Groups as tests.owner keeps them: each operation is done at once, and the rows say so as a connector's would."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from gateway.domain.groups import Group, Participant, ParticipantAction, ParticipantReason, Role
from gateway.domain.operations import (
    ChangeGroup,
    ChangeParticipants,
    CreateGroup,
    JoinGroup,
    LeaveGroup,
    Operation,
    ReadGroup,
    ReadGroups,
    ReadInvite,
    Refusal,
)
from gateway.domain.phone import Address, address_of
from gateway.store import chats, groups
from gateway.store.fence import Fence

Result = dict[str, Any]
# Who must be asked before they are added to a group, and the invite that waits for an admin.
SHY = "+447700900199"
APPROVED_CODE = "NeedsApproval0000000"
_RANKS = {ParticipantAction.PROMOTE: Role.ADMIN, ParticipantAction.DEMOTE: Role.MEMBER}


class Refused(Exception):
    """WhatsApp would not do it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class OwnedGroups:
    """The groups of all sessions, by their JIDs."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}

    def put(self, fence: Fence, group: Group) -> Result:
        """Let there be a group, as it is shown."""
        self._groups[group.jid] = group
        chat = chats.with_jid(fence.connection, fence.session_id, "group", group.jid)
        groups.remember(fence, chat.id, group)
        return {"chatId": str(chat.id)}

    def perform(self, fence: Fence, operation: Operation) -> Result:
        """Do what a command asks. Raise Refused."""
        match operation:
            case ReadGroups():
                groups.remember_all(fence, [])
                return {}
            case ReadGroup(jid=jid):
                return self.put(fence, self._known(jid))
            case CreateGroup(subject=subject, participants=people):
                return self._create(fence, subject, people)
            case ChangeGroup() as change:
                return self._change(fence, change)
            case ChangeParticipants(jid=jid, action=action, participants=people):
                return self._move(fence, self._known(jid), ParticipantAction(action), people)
            case ReadInvite(revoke=revoke):
                return {"link": f"https://chat.whatsapp.com/{'New' if revoke else 'Old'}Link0000000000"}
            case JoinGroup(code=code):
                return self._join(fence, code)
            case LeaveGroup(jid=jid):
                chat = chats.with_jid(fence.connection, fence.session_id, "group", jid)
                groups.leave(fence, chat.id)
                return {"chatId": str(chat.id)}
        raise Refused(Refusal.REFUSED)

    def _known(self, jid: str) -> Group:
        if jid not in self._groups:
            raise Refused(Refusal.NO_SUCH_GROUP)
        return self._groups[jid]

    def _create(self, fence: Fence, subject: str, people: tuple[str, ...]) -> Result:
        me = Participant(Address(fence.session.lid, fence.session.phone_number), Role.OWNER)
        made = Group(f"{uuid4().int % 10**18}@g.us", subject, participants=(me,))
        self.put(fence, made)
        moved = self._move(fence, made, ParticipantAction.ADD, people)
        return {**moved, "refused": [each for each in moved["outcomes"] if each["reason"]]}

    def _change(self, fence: Fence, change: ChangeGroup) -> Result:
        if change.locked:
            raise Refused(Refusal.NOT_ADMIN)
        group = self._known(change.jid)
        described = replace(
            group,
            subject=group.subject if change.subject is None else change.subject,
            description=group.description if change.description is None else change.description,
            announcement=group.announcement if change.announcement is None else change.announcement,
            disappears_seconds=change.disappearing_seconds or 0,
        )
        return self.put(fence, described)

    def _move(self, fence: Fence, group: Group, action: ParticipantAction, people: tuple[str, ...]) -> Result:
        outcomes = [_outcome(jid, action) for jid in people]
        done = {each["jid"] for each in outcomes if each["reason"] is None}
        stay = [each for each in group.participants if each.address.jid not in done]
        if action is not ParticipantAction.REMOVE:
            stay += [Participant(address_of(jid), _RANKS.get(action, Role.MEMBER)) for jid in sorted(done)]
        return {**self.put(fence, replace(group, participants=tuple(stay))), "outcomes": outcomes}

    def _join(self, fence: Fence, code: str) -> Result:
        if code == APPROVED_CODE:
            return {"joined": False}
        member = Participant(Address(fence.session.lid, fence.session.phone_number))
        return {**self.put(fence, Group(f"{code}@g.us", "Joined", participants=(member,))), "joined": True}


def _outcome(jid: str, action: ParticipantAction) -> Result:
    is_shy = action is ParticipantAction.ADD and jid.startswith(SHY[1:])
    return {"jid": jid, "reason": ParticipantReason.INVITE_ONLY if is_shy else None, "inviteCode": None}
