"""Groups: who is in them, what describes them, and why WhatsApp does not do what was asked for a participant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.errors import InvalidInput
from gateway.domain.phone import Address

# WhatsApp's own.
MAX_SUBJECT = 100
MAX_DESCRIPTION = 2048
MAX_PARTICIPANTS = 1023
# A group's picture is a small square on every phone.
MAX_PICTURE_BYTES = 1024 * 1024

_LINK = re.compile(r"(?:https?://)?chat\.whatsapp\.com/(?:invite/)?([0-9A-Za-z_-]{10,64})/?(?:\?\S*)?")
_CODE = re.compile(r"[0-9A-Za-z_-]{10,64}")


class Role(StrEnum):
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"


class ParticipantAction(StrEnum):
    """What is done to participants, in WhatsApp's words."""

    ADD = "add"
    REMOVE = "remove"
    PROMOTE = "promote"
    DEMOTE = "demote"


class ParticipantChange(StrEnum):
    """What happened to participants."""

    JOINED = "joined"
    LEFT = "left"
    PROMOTED = "promoted"
    DEMOTED = "demoted"


class ParticipantReason(StrEnum):
    """Why WhatsApp did not do for a participant what was asked."""

    INVITE_ONLY = "invite_only"
    NOT_FOUND = "not_found"
    OWNER = "owner"
    LEFT_RECENTLY = "left_recently"
    ALREADY_IN = "already_in"
    REFUSED = "refused"


_REASONS = {
    403: ParticipantReason.INVITE_ONLY,
    404: ParticipantReason.NOT_FOUND,
    405: ParticipantReason.OWNER,
    408: ParticipantReason.LEFT_RECENTLY,
    409: ParticipantReason.ALREADY_IN,
}


def participant_reason(code: int) -> ParticipantReason | None:
    """Return why, by WhatsApp's code of a participant; None where it was done."""
    return _REASONS.get(code, ParticipantReason.REFUSED) if code else None


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a group; of some only the LID is told, or only the number."""

    address: Address
    role: Role = Role.MEMBER


@dataclass(frozen=True, slots=True)
class Group:
    """A group as WhatsApp shows it to who is in it.

    `announcement`: only admins may write; `locked`: only admins may change what describes it. `disappears_seconds` is 0
    where messages stay; `parent_jid` is the community it belongs to.
    """

    jid: str
    subject: str | None
    description: str | None = None
    announcement: bool = False
    locked: bool = False
    disappears_seconds: int = 0
    is_community: bool = False
    parent_jid: str | None = None
    participants: tuple[Participant, ...] = ()

    @property
    def admins(self) -> frozenset[str]:
        """The LIDs and numbers of those who may manage it."""
        ranked = [each.address for each in self.participants if each.role is not Role.MEMBER]
        return frozenset(name for address in ranked for name in (address.lid, address.phone_number) if name)


def invite_code(link: str) -> str:
    """Return the code in an invite link, or the code that was given. Raises InvalidInput."""
    text = link.strip()
    if match := _LINK.fullmatch(text):
        return match[1]
    if _CODE.fullmatch(text):
        return text
    raise InvalidInput("link", "Give an invite link, such as https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv.")
