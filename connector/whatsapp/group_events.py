"""Events about groups, and groups as neonize's protobuf describes them. Pure.

neonize ends a client over a group that is linked in a way it does not know (a required enum); it then connects anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from connector.whatsapp.jids import WhatsAppAddress, combine_jids
from connector.whatsapp.library import neonize_pb2
from gateway.domain.groups import Group, Participant, ParticipantChange, Role
from gateway.domain.phone import Address
from gateway.domain.sanitize import sanitize_text


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """What somebody changed in a group; None where it stays. `people` are those whom it is about, by what happened."""

    chat: WhatsAppAddress
    author: WhatsAppAddress | None
    timestamp: datetime
    subject: str | None = field(default=None, repr=False)
    description: str | None = field(default=None, repr=False)
    announcement: bool | None = None
    locked: bool | None = None
    disappears_seconds: int | None = None
    new_invite_link: bool = False
    new_picture: bool = False
    deleted: bool = False
    people: dict[ParticipantChange, tuple[WhatsAppAddress, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupJoined:
    """The account is in a group now: it made it, was added, or came by a link."""

    chat: WhatsAppAddress
    author: WhatsAppAddress | None
    group: Group


@dataclass(frozen=True, slots=True)
class PictureChanged:
    """A person shows another picture now, or none."""

    chat: WhatsAppAddress


def read_group(info: neonize_pb2.GroupInfo) -> Group:
    """Return a group; who was refused is not in it."""
    timer = info.GroupEphemeral
    parent = combine_jids(info.GroupLinkedParent.LinkedParentJID).jid
    return Group(
        jid=combine_jids(info.JID).jid,
        subject=sanitize_text(info.GroupName.Name) or None,
        description=sanitize_text(info.GroupTopic.Topic) or None,
        announcement=info.GroupAnnounce.IsAnnounce,
        locked=info.GroupLocked.isLocked,
        disappears_seconds=timer.DisappearingTimer if timer.IsEphemeral else 0,
        is_community=info.GroupParent.IsParent,
        parent_jid=parent or None,
        participants=tuple(_participant(each) for each in info.Participants if not each.Error),
    )


def group_joined(event: neonize_pb2.JoinedGroup) -> GroupJoined:
    group = read_group(event.GroupInfo)
    return GroupJoined(WhatsAppAddress(group.jid), _author(event.Sender, event.SenderPN), group)


def group_changed(event: neonize_pb2.GroupInfoEvent) -> GroupChanged:
    timer = event.Ephemeral
    people = {
        ParticipantChange.JOINED: event.Join,
        ParticipantChange.LEFT: event.Leave,
        ParticipantChange.PROMOTED: event.Promote,
        ParticipantChange.DEMOTED: event.Demote,
    }
    return GroupChanged(
        combine_jids(event.JID),
        _author(event.Sender),
        datetime.fromtimestamp(event.Timestamp, UTC),
        subject=sanitize_text(event.Name.Name) if event.HasField("Name") else None,
        description=sanitize_text(event.Topic.Topic) if event.HasField("Topic") else None,
        announcement=event.Announce.IsAnnounce if event.HasField("Announce") else None,
        locked=event.Locked.isLocked if event.HasField("Locked") else None,
        disappears_seconds=(timer.DisappearingTimer if timer.IsEphemeral else 0)
        if event.HasField("Ephemeral")
        else None,
        new_invite_link=bool(event.NewInviteLink),
        deleted=event.HasField("Delete") and event.Delete.Deleted,
        people={change: tuple(map(combine_jids, jids)) for change, jids in people.items() if jids},
    )


def picture_changed(event: neonize_pb2.Picture) -> GroupChanged | PictureChanged:
    chat = combine_jids(event.JID)
    if chat.kind != "group":
        return PictureChanged(chat)
    at = datetime.fromtimestamp(event.Timestamp, UTC)
    return GroupChanged(chat, _author(event.Author), at, new_picture=True)


def _participant(member: neonize_pb2.GroupParticipant) -> Participant:
    named = combine_jids(member.LID, member.PhoneNumber, member.JID)
    role = Role.OWNER if member.IsSuperAdmin else Role.ADMIN if member.IsAdmin else Role.MEMBER
    return Participant(Address(named.lid, named.phone_number), role)


def _author(*jids: neonize_pb2.JID) -> WhatsAppAddress | None:
    named = combine_jids(*jids)
    return named if named.jid else None
