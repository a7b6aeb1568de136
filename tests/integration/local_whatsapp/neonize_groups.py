"""The commands and events of the neonize process that are about groups."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import neonize.events as ev
from neonize.client import NewClient
from neonize.proto.Neonize_pb2 import GroupInfo, GroupLinkedParent, GroupParent, ReturnFunctionWithError
from neonize.utils.enum import ParticipantChange
from neonize.utils.jid import Jid2String, build_jid

_LINK_TYPES = ("PARENT", "SUB", "SIBLING")


def address(text: str) -> Any:
    user, _, server = text.partition("@")
    return build_jid(user.lstrip("+").split(":")[0], server or "s.whatsapp.net")


def _jids(jids: Any) -> list[str]:
    return [Jid2String(jid) for jid in jids]


def _change(m: Any) -> dict[str, Any]:
    """Return what has changed in a group, and who did it."""
    fields: dict[str, Any] = {"group": Jid2String(m.JID), "author": Jid2String(m.Sender), "reason": m.JoinReason}
    fields |= {name.lower(): _jids(getattr(m, name)) for name in ("Join", "Leave", "Promote", "Demote")}
    for name, value in (("Name", "Name"), ("Topic", "Topic"), ("Locked", "isLocked"), ("Announce", "IsAnnounce")):
        if m.HasField(name):
            fields[name.lower()] = getattr(getattr(m, name), value)
    if m.HasField("Ephemeral"):
        fields["timer"] = m.Ephemeral.DisappearingTimer
    if m.NewInviteLink:
        fields["link"] = m.NewInviteLink
    for name in ("Link", "Unlink"):
        if m.HasField(name):
            change = getattr(m, name)
            fields[name.lower()] = [_LINK_TYPES[change.Type - 1], Jid2String(change.Group.JID)]
    return fields


GROUP_EVENTS: dict[type, Any] = {
    ev.JoinedGroupEv: lambda m: {
        "group": Jid2String(m.GroupInfo.JID),
        "subject": m.GroupInfo.GroupName.Name,
        "reason": m.Reason,
    },
    ev.GroupInfoEv: lambda m: {"changed": _change(m), "group": Jid2String(m.JID)},
}


def _described(group: GroupInfo) -> dict[str, Any]:
    return {
        "group": Jid2String(group.JID),
        "subject": group.GroupName.Name,
        "description": group.GroupTopic.Topic,
        "descriptionId": group.GroupTopic.TopicID,
        "locked": group.GroupLocked.isLocked,
        "announcement": group.GroupAnnounce.IsAnnounce,
        "timer": group.GroupEphemeral.DisappearingTimer,
        "community": group.GroupParent.IsParent,
        "parent": Jid2String(group.GroupLinkedParent.LinkedParentJID),
        "members": {Jid2String(member.PhoneNumber): _rank(member) for member in group.Participants if not member.Error},
        "refused": [_outcome(member) for member in group.Participants if member.Error],
    }


def _rank(member: Any) -> str:
    return "owner" if member.IsSuperAdmin else "admin" if member.IsAdmin else ""


def _outcome(member: Any) -> list[Any]:
    return [Jid2String(member.PhoneNumber or member.JID), member.Error, member.AddRequest.Code]


def _create(client: NewClient, subject: str, members: list[str], parent: str = "", community: bool = False) -> Any:
    linked = GroupLinkedParent(LinkedParentJID=address(parent)) if parent else None
    above = GroupParent(IsParent=True, DefaultMembershipApprovalMode="request_required") if community else None
    return _described(client.create_group(subject, [address(member) for member in members], linked, above))


def _change_members(client: NewClient, group: str, change: str, members: list[str]) -> dict[str, Any]:
    addresses = [address(member) for member in members]
    outcomes = client.update_group_participants(address(group), addresses, ParticipantChange(change))
    return {"outcomes": [_outcome(member) for member in outcomes]}


def _groups(client: NewClient) -> dict[str, Any]:
    return {"groups": {Jid2String(group.JID): len(group.Participants) for group in client.get_joined_groups()}}


def _set_picture(client: NewClient, group: str, jpeg: str) -> dict[str, Any]:
    return {"id": client.set_group_photo(address(group), base64.b64decode(jpeg))}


def _set_timer(client: NewClient, group: str, days: int) -> dict[str, Any]:
    """Set the timer; neonize hands milliseconds to a function that takes nanoseconds."""
    client.set_disappearing_timer(address(group), timedelta(days=days * 1_000_000))
    return {}


def _community_members(client: NewClient, group: str) -> dict[str, Any]:
    """Return the members; neonize's own function decodes another message than the library returns."""
    jid, library = address(group).SerializeToString(), client._NewClient__client
    returned = library.GetLinkedGroupsParticipants(client.uuid, jid, len(jid))
    return {"jids": _jids(ReturnFunctionWithError.FromString(returned).GetLinkedGroupsParticipants.JIDS)}


GROUP_COMMANDS: dict[str, Any] = {
    "create_group": _create,
    "groups": _groups,
    "group_info": lambda client, group: _described(client.get_group_info(address(group))),
    "change_members": _change_members,
    "set_subject": lambda client, group, text: client.set_group_name(address(group), text) or {},
    "set_description": lambda client, group, text: client.set_group_topic(address(group), "", "", text) or {},
    "set_announcement": lambda client, group, on: client.set_group_announce(address(group), on) and {},
    "set_locked": lambda client, group, on: client.set_group_locked(address(group), on) and {},
    "set_timer": _set_timer,
    "set_group_picture": _set_picture,
    "invite_link": lambda client, group, revoke=False: {"link": client.get_group_invite_link(address(group), revoke)},
    "join": lambda client, link: {"group": Jid2String(client.join_group_with_link(link))},
    "read_link": lambda client, link: _described(client.get_group_info_from_link(link)),
    "join_invited": lambda client, group, by, code: (
        client.join_group_with_invite(address(group), address(by), code, 0) or {}
    ),
    "leave": lambda client, group: client.leave_group(address(group)) or {},
    "requests": lambda client, group: {
        "jids": [Jid2String(entry.Participant) for entry in client.get_group_request_participants(address(group))]
    },
    "sub_groups": lambda client, group: {
        "groups": {
            Jid2String(part.JID): part.GroupIsDefaultSub.IsDefaultSubGroup
            for part in client.get_sub_groups(address(group))
        }
    },
    "community_members": _community_members,
    "link_group": lambda client, parent, group: client.link_group(address(parent), address(group)) or {},
    "unlink_group": lambda client, parent, group: client.unlink_group(address(parent), address(group)) or {},
}
