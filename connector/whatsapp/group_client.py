"""The operations of a running client on groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector.whatsapp.client_lifecycle import ClientLifecycle
from connector.whatsapp.errors import OutcomeUnknown, RequestRefused, WhatsAppError, parse_error
from connector.whatsapp.group_events import read_group
from connector.whatsapp.jids import combine_jids, to_proto
from connector.whatsapp.library import gocode, neonize_pb2
from gateway.domain.groups import Group

NANOSECONDS = 1_000_000_000
# Only chats with one person have one.
NO_SETTING_TIME = 0
# What whatsmeow says of refusals in words, as WhatsApp's codes.
_REFUSALS = (
    ("group does not exist", 404),
    ("not participating in that group", 403),
    ("permission to get the group's invite link", 401),
    ("invite link is not valid", 406),
    ("invite link has been revoked", 410),
    ("not a valid image", 406),
)
# After these texts the query may have reached WhatsApp.
_UNDECIDED = re.compile(r"timed out|disconnected|failed to write frame")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one participant: 0, or WhatsApp's code why nothing; some can be invited by a code of their own."""

    jid: str
    code: int = 0
    invite_code: str | None = None


class GroupClient(ClientLifecycle):
    """Every method raises WhatsAppError: OutcomeUnknown where it may have been done, Refused where it was not."""

    def group(self, group_jid: str) -> Group:
        """Return a group that the account is in."""
        jid = to_proto(group_jid).SerializeToString()
        return _group_of(self._call(gocode.GetGroupInfo, jid, len(jid)))

    def joined_groups(self) -> list[Group]:
        """Return all groups that the account is in."""
        response = neonize_pb2.GetJoinedGroupsReturnFunction.FromString(self._call(gocode.GetJoinedGroups))
        _require(response.Error)
        return [read_group(group) for group in response.Group]

    def create_group(self, subject: str, participants: Sequence[str]) -> tuple[Group, list[Outcome]]:
        """Make a group; return also what became of each who is not in it.

        The library sends no key by which a group could be recognised whose making was not confirmed.
        """
        request = neonize_pb2.ReqCreateGroup(
            name=subject, Participants=map(to_proto, participants), CreateKey=""
        ).SerializeToString()
        response = neonize_pb2.GetGroupInfoReturnFunction.FromString(
            self._call(gocode.CreateGroup, request, len(request))
        )
        _require(response.Error)
        members = response.GroupInfo.Participants
        return read_group(response.GroupInfo), [_outcome(member) for member in members if member.Error]

    def change_participants(self, group_jid: str, action: str, participants: Sequence[str]) -> list[Outcome]:
        """Add, remove, promote or demote; return what became of each."""
        jid = to_proto(group_jid).SerializeToString()
        people = neonize_pb2.JIDArray(JIDS=map(to_proto, participants)).SerializeToString()
        response = neonize_pb2.UpdateGroupParticipantsReturnFunction.FromString(
            self._call(gocode.UpdateGroupParticipants, jid, len(jid), people, len(people), action.encode())
        )
        _require(response.Error)
        return [_outcome(member) for member in response.participants]

    def set_group_subject(self, group_jid: str, subject: str) -> None:
        self._change(gocode.SetGroupName, group_jid, subject.encode())

    def set_group_description(self, group_jid: str, description: str) -> None:
        """Set the description, whose earlier id the library finds out by itself; an empty one removes it."""
        self._change(gocode.SetGroupTopic, group_jid, b"", b"", description.encode())

    def set_group_announcement(self, group_jid: str, on: bool) -> None:
        self._change(gocode.SetGroupAnnounce, group_jid, on)

    def set_group_locked(self, group_jid: str, on: bool) -> None:
        self._change(gocode.SetGroupLocked, group_jid, on)

    def set_group_timer(self, group_jid: str, seconds: int) -> None:
        """Let messages of a group disappear after so many seconds, for all who are in it; 0 ends that."""
        self._change(gocode.SetDisappearingTimer, group_jid, seconds * NANOSECONDS, NO_SETTING_TIME)

    def set_group_picture(self, group_jid: str, jpeg: bytes) -> None:
        jid = to_proto(group_jid).SerializeToString()
        response = neonize_pb2.SetGroupPhotoReturnFunction.FromString(
            self._call(gocode.SetGroupPhoto, jid, len(jid), jpeg, len(jpeg))
        )
        _require(response.Error)

    def group_invite(self, group_jid: str, *, revoke: bool) -> str:
        """Return the invite link, a new one where the old one is to end."""
        jid = to_proto(group_jid).SerializeToString()
        response = neonize_pb2.GetGroupInviteLinkReturnFunction.FromString(
            self._call(gocode.GetGroupInviteLink, jid, len(jid), revoke)
        )
        _require(response.Error)
        return str(response.InviteLink)

    def join_group(self, code: str) -> str:
        """Ask to join by the code of an invite link; return the group's JID, also where an admin has to approve."""
        response = neonize_pb2.JoinGroupWithLinkReturnFunction.FromString(
            self._call(gocode.JoinGroupWithLink, code.encode())
        )
        _require(response.Error)
        return combine_jids(response.Jid).jid

    def leave_group(self, group_jid: str) -> None:
        self._change(gocode.LeaveGroup, group_jid)

    def _change(self, function: Callable[..., bytes], group_jid: str, *values: object) -> None:
        jid = to_proto(group_jid).SerializeToString()
        _require(self._call(function, jid, len(jid), *values).decode(errors="replace"))


def _group_of(payload: bytes) -> Group:
    response = neonize_pb2.GetGroupInfoReturnFunction.FromString(payload)
    _require(response.Error)
    return read_group(response.GroupInfo)


def _outcome(member: neonize_pb2.GroupParticipant) -> Outcome:
    named = combine_jids(member.PhoneNumber, member.LID, member.JID)
    return Outcome(named.jid, member.Error, member.AddRequest.Code or None)


def _require(error: str) -> None:
    """Raise the error of a text; nothing for an empty one."""
    if error:
        raise parse_group_error(error)


def parse_group_error(text: str) -> WhatsAppError:
    """Return the error for a text of a function about groups."""
    for words, code in _REFUSALS:
        if words in text:
            return RequestRefused(code)
    if _UNDECIDED.search(text):
        return OutcomeUnknown("WhatsApp did not confirm it")
    return parse_error(text)
