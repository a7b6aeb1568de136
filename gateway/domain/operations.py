"""What is asked of WhatsApp beside messages: each is a command, whose row has what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias, get_args

from gateway.domain.commands import CommandError

# How long one may wait to be begun: what nobody expects any more is not done by surprise.
EXPIRES_SECONDS = 120.0


class Refusal(StrEnum):
    """Why WhatsApp did not do it."""

    NOT_ADMIN = "not_admin"
    NOT_PARTICIPANT = "not_participant"
    NO_SUCH_GROUP = "no_such_group"
    NO_SUCH_PERSON = "no_such_person"
    NOT_ACCEPTED = "not_accepted"
    INVITE_INVALID = "invite_invalid"
    INVITE_REVOKED = "invite_revoked"
    RATE_LIMITED = "rate_limited_by_whatsapp"
    REFUSED = "refused_by_whatsapp"


SENTENCES: dict[str, str] = {
    Refusal.NOT_ADMIN: "Only an admin of the group may do this.",
    Refusal.NOT_PARTICIPANT: "The number is not in this group.",
    Refusal.NO_SUCH_GROUP: "WhatsApp knows no such group.",
    Refusal.NO_SUCH_PERSON: "WhatsApp knows nobody by this address.",
    Refusal.NOT_ACCEPTED: "WhatsApp does not accept this value.",
    Refusal.INVITE_INVALID: "No group has this invite link.",
    Refusal.INVITE_REVOKED: "This invite link was revoked.",
    Refusal.RATE_LIMITED: "WhatsApp wants fewer such requests; wait some minutes.",
    Refusal.REFUSED: "WhatsApp refused this.",
    CommandError.EXPIRED: "The session was not connected in time; nothing was done.",
    CommandError.LOGGED_OUT: "The number was unlinked before this was done.",
    CommandError.DEVICE_CHANGED: "Another number was linked before this was done.",
    CommandError.SESSION_DELETED: "The session was deleted before this was done.",
    CommandError.UNCONFIRMED: "It may have been done: WhatsApp did not confirm it.",
    CommandError.ATTEMPTS_FAILED: "Every attempt to do this failed.",
    CommandError.MEDIA_UNAVAILABLE: "The file is not there any more.",
    CommandError.MEDIA_REJECTED: "A group's picture is a JPEG of at most 1 MiB.",
}


@dataclass(frozen=True, slots=True)
class ReadGroups:
    """Read all groups that the account is in."""

    name: ClassVar = "read_groups"


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """Read one group."""

    name: ClassVar = "read_group"
    jid: str


@dataclass(frozen=True, slots=True)
class CreateGroup:
    """Make a group with people, by their JIDs."""

    name: ClassVar = "create_group"
    subject: str
    participants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Change what is not None, in this order, until something is refused; `picture` is the id of an upload."""

    name: ClassVar = "change_group"
    jid: str
    subject: str | None = None
    description: str | None = None
    announcement: bool | None = None
    locked: bool | None = None
    disappearing_seconds: int | None = None
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeParticipants:
    """Add, remove, promote or demote people, by their JIDs."""

    name: ClassVar = "change_participants"
    jid: str
    action: str
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadInvite:
    """Read the invite link of a group; with `revoke` end it and read the new one."""

    name: ClassVar = "read_invite"
    jid: str
    revoke: bool = False


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """Join the group of an invite code."""

    name: ClassVar = "join_group"
    code: str


@dataclass(frozen=True, slots=True)
class LeaveGroup:
    """Leave a group."""

    name: ClassVar = "leave_group"
    jid: str


@dataclass(frozen=True, slots=True)
class WatchPresence:
    """Tell for some minutes whether the person of a chat is online."""

    name: ClassVar = "watch_presence"
    chat_id: str
    minutes: int


@dataclass(frozen=True, slots=True)
class UnwatchPresence:
    """Tell no more whether the person of a chat is online."""

    name: ClassVar = "unwatch_presence"
    chat_id: str


@dataclass(frozen=True, slots=True)
class ReadContacts:
    """Read the phone's address book and the block list."""

    name: ClassVar = "read_contacts"


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """Ask for the picture of a person or group, by their JID."""

    name: ClassVar = "read_picture"
    jid: str


@dataclass(frozen=True, slots=True)
class ChangeBlock:
    """Block somebody, by their JID, or end that."""

    name: ClassVar = "change_block"
    jid: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class CheckNumbers:
    """Ask whether numbers, in E.164, are on WhatsApp."""

    name: ClassVar = "check_numbers"
    numbers: tuple[str, ...]


GroupOperation: TypeAlias = (
    ReadGroups | ReadGroup | CreateGroup | ChangeGroup | ChangeParticipants | ReadInvite | JoinGroup | LeaveGroup
)
ContactOperation: TypeAlias = ReadContacts | ReadPicture | ChangeBlock | CheckNumbers
PresenceOperation: TypeAlias = WatchPresence | UnwatchPresence
Operation: TypeAlias = GroupOperation | ContactOperation | PresenceOperation
_BY_NAME: dict[str, Callable[..., Operation]] = {operation.name: operation for operation in get_args(Operation)}
# What done twice is not what done once is: it is never repeated where a crash hid whether it was done.
_ONCE = (CreateGroup, ReadInvite)


def payload_of(operation: Operation) -> dict[str, Any]:
    """Return the operation as JSON."""
    return {"operation": operation.name, **asdict(operation)}


def operation_from(payload: Mapping[str, Any]) -> Operation:
    """Return the operation of a payload. Raises KeyError or TypeError for one of another release."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in payload.items()
    }
    return _BY_NAME[given.pop("operation")](**given)


def may_be_repeated(operation: Operation) -> bool:
    """Return whether it does no harm to do it again: not so to make a group, or to revoke a link."""
    return not isinstance(operation, _ONCE) or (isinstance(operation, ReadInvite) and not operation.revoke)
