"""What templates show of groups: roles, members, and what became of each whom a change is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from functions.explorer.pictures import picture_address
from gateway.client.groups import Group, Outcome, Participant
from gateway.domain.groups import ParticipantAction, ParticipantReason, Role

MEMBERS_SHOWN = 50
_ROLES = {Role.OWNER: "Owner", Role.ADMIN: "Admin", Role.MEMBER: "Member"}
_MANAGERS = (Role.OWNER, Role.ADMIN)
# After how many seconds messages disappear, as WhatsApp offers it.
TIMERS = {0: "Never", 86_400: "After a day", 604_800: "After a week", 7_776_000: "After 90 days"}
ACTIONS = {
    ParticipantAction.PROMOTE: "Make admin",
    ParticipantAction.DEMOTE: "Dismiss as admin",
    ParticipantAction.REMOVE: "Remove",
}
_DONE = {
    ParticipantAction.ADD: "was added",
    ParticipantAction.REMOVE: "was removed",
    ParticipantAction.PROMOTE: "is an admin now",
    ParticipantAction.DEMOTE: "is no admin any more",
}
_REASONS: dict[str, str] = {
    ParticipantReason.INVITE_ONLY: "wants to be asked first: send them the invite link",
    ParticipantReason.NOT_FOUND: "has no WhatsApp account, or is not in the group",
    ParticipantReason.OWNER: "made the group, and stays an admin of it",
    ParticipantReason.LEFT_RECENTLY: "left not long ago, and cannot be added yet",
    ParticipantReason.ALREADY_IN: "is in the group already",
}
_REFUSED = "was refused by WhatsApp"


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group."""

    group: Group

    @property
    def title(self) -> str:
        return self.group.subject or "Group"

    @property
    def role(self) -> str:
        """The number's own part in it."""
        return role_name(self.group.role) if self.group.is_member else "Not in it any more"

    @property
    def manages(self) -> bool:
        """Whether the number may change who is in it."""
        return self.group.is_member and self.group.role in _MANAGERS

    @property
    def describes(self) -> bool:
        """Whether the number may change what describes it."""
        return self.group.is_member and (self.manages or not self.group.locked)

    @property
    def size(self) -> str:
        count = self.group.participant_count
        return f"{count:,} member{'s' if count != 1 else ''}"


@dataclass(frozen=True, slots=True)
class MemberView:
    """Somebody in a group, and what the number may do to them there."""

    person: Participant
    is_own: bool
    actions: dict[ParticipantAction, str]

    @property
    def title(self) -> str:
        return "You" if self.is_own else name_of(self.person)

    @property
    def picture(self) -> str:
        """Where the browser gets the picture; empty where none is known."""
        return picture_address(self.person.picture_url)

    @property
    def role(self) -> str:
        return role_name(self.person.role)


@dataclass(frozen=True, slots=True)
class Members:
    """A page of the members of a group: who manages it comes first."""

    shown: list[MemberView]
    found: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // MEMBERS_SHOWN))


def members(group: Group, own_number: str | None, search: str, page: int) -> Members:
    """Return the page of those whose name or number holds the text; past the end the last one."""
    found = sorted((each for each in group.participants if _matches(each, search)), key=_rank)
    page = min(page, max(1, -(-len(found) // MEMBERS_SHOWN)))
    shown = found[(page - 1) * MEMBERS_SHOWN : page * MEMBERS_SHOWN]
    manages = GroupView(group).manages
    return Members([_member(each, own_number, manages) for each in shown], len(found), page)


def role_name(role: Role | str | None) -> str:
    return _ROLES.get(Role(role), "Member") if role in list(Role) else "Member"


def name_of(person: Participant) -> str:
    """Return the name, else the number, of somebody; a group may hide both."""
    return person.name or person.phone_number or "Hidden number"


def outcomes_in_words(
    action: ParticipantAction, outcomes: Iterable[Outcome], people: Iterable[Participant]
) -> list[tuple[str, str, bool]]:
    """Return of each who they are, what became of them, and whether it was done."""
    known = {address: name_of(each) for each in people for address in (each.jid, each.lid) if address}
    return [
        (
            known.get(each.jid) or _number(each.jid),
            _DONE[action] if each.reason is None else _REASONS.get(each.reason, _REFUSED),
            each.reason is None,
        )
        for each in outcomes
    ]


def _member(person: Participant, own_number: str | None, manages: bool) -> MemberView:
    is_own = own_number is not None and person.phone_number == own_number
    fits = manages and not is_own and person.role != Role.OWNER
    wrong = ParticipantAction.PROMOTE if person.role == Role.ADMIN else ParticipantAction.DEMOTE
    return MemberView(person, is_own, {name: label for name, label in ACTIONS.items() if fits and name != wrong})


def _rank(person: Participant) -> tuple[int, str]:
    order = list(_ROLES)
    return (order.index(Role(person.role)) if person.role in list(Role) else len(order), name_of(person).casefold())


def _matches(person: Participant, search: str) -> bool:
    digits = "".join(each for each in search if each.isdecimal()).removeprefix("00")
    by_number = bool(digits) and not any(each.isalpha() for each in search) and digits in (person.phone_number or "")
    return by_number or search.casefold() in (person.name or person.phone_number or "").casefold()


def _number(jid: str) -> str:
    user, _, server = jid.partition("@")
    return f"+{user}" if server == "s.whatsapp.net" else "Somebody whose number is hidden"
