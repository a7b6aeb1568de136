"""What the Try it tab shows: the chosen session and phones, what each can do now, and the steps of the tour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query

from functions.explorer.phone_kinds import KINDS, Field
from functions.explorer.phone_messages import PhoneMessage
from functions.explorer.phones import Group, Phone
from functions.explorer.views import SessionView
from gateway.client import Status

# How many phones stand there when nobody has chosen, and at most.
USUAL_PHONES = 3
MOST_PHONES = 12
_PLAIN_KINDS = ("edit", "delete", "reaction")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, as it stands in the page's address; `write` is the phone whose form has all kinds."""

    session: UUID | None = None
    phones: tuple[str, ...] = ()
    write: str = ""
    kind: str = "text"

    def query(self, **changes: object) -> str:
        """Return the query of the address with these changes."""
        values = {"session": self.session or "", "phone": self.phones, "write": self.write, "kind": self.kind}
        given = {name: value for name, value in {**values, **changes}.items() if value and value != "text"}
        return f"?{urlencode(given, doseq=True)}" if given else ""

    def shown(self, phones: list[Phone], linked: str | None) -> list[Phone]:
        """Return the phones to show: those chosen, else the linked one and the first others."""
        chosen = [phone for phone in phones if phone.number in self.phones]
        if chosen:
            return chosen[:MOST_PHONES]
        return sorted(phones, key=lambda phone: phone.number != linked)[:USUAL_PHONES]


def _choice(
    session: UUID | None = None,
    phone: Annotated[list[str] | None, Query()] = None,
    write: str = "",
    kind: str = "text",
) -> Choice:
    return Choice(session, tuple((phone or [])[:MOST_PHONES]), write, kind if kind in KINDS else "text")


ChoiceDep = Annotated[Choice, Depends(_choice)]


@dataclass(frozen=True, slots=True)
class Stage:
    """The session, and the phones that stand beside it."""

    session: SessionView | None
    phones: list[PhoneView]
    steps: Steps

    @property
    def linked(self) -> str | None:
        """The number of the session, where one is linked."""
        return linked_number(self.session)

    @property
    def contact(self) -> Phone | None:
        """The first phone that is not the session's own."""
        return next((each.phone for each in self.phones if each.phone.number != self.linked), None)

    @property
    def code(self) -> str:
        """How a phone can link to the session now: `type` a pairing code, `scan` a QR code; empty: not at all."""
        return code_action(self.session.status if self.session else None)

    def acts(self, each: PhoneView) -> bool:
        """Return whether this phone has something to do: a code to scan, a message to read, or the next step."""
        if self.code and not each.phone.devices:
            return True
        return each.has_unread or (self.steps.next == _WRITE and each.phone == self.contact)

    @property
    def gateway_acts(self) -> bool:
        """Whether the next step is the gateway's."""
        return self.steps.next in (_START, _ANSWER)


@dataclass(frozen=True, slots=True)
class PhoneView:
    """A virtual phone as it is drawn."""

    phone: Phone
    messages: tuple[PhoneMessage, ...]
    # The number and the text that its form suggests, and the groups it is in.
    partner: str
    draft: str
    groups: list[Group]

    @property
    def has_unread(self) -> bool:
        return any(message.is_unread for message in self.messages)

    def choices(self, field: Field) -> list[tuple[str, str]]:
        """Return id and label of the messages that a field may be about, newest first."""
        return [
            (message.id, shown_text(message)[:60])
            for message in reversed(self.messages)
            if message.kind not in _PLAIN_KINDS
            and (not field.of or message.kind in field.of)
            and (message.from_me or not field.own)
        ]


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of the tour: label, and whether it is done."""

    steps: tuple[tuple[str, bool], ...]

    @property
    def next(self) -> int:
        """Index of the first step that is not done; their number where all are."""
        return next((i for i, (_, done) in enumerate(self.steps) if not done), len(self.steps))


_START, _, _WRITE, _ANSWER = range(4)


def steps(session: SessionView | None, from_me: list[bool]) -> Steps:
    """Return the steps; `from_me` tells of each message of the session whether it was sent."""
    connected = session is not None and session.is_connected
    return Steps(
        (
            ("Start a session", session is not None and not session.can_connect),
            ("Scan its code with a phone", connected),
            ("Write from the other phone", connected and not all(from_me)),
            ("Answer through the gateway", connected and any(from_me)),
        )
    )


def code_action(status: Status | None) -> str:
    """Return `type` for a pairing code, `scan` for a QR code, and the empty text without one."""
    if status is None:
        return ""
    return "type" if status.pairing_code else "scan" if status.qr_text else ""


def linked_number(session: SessionView | None) -> str | None:
    """Return the number that is linked to the session; None without one."""
    return session.info.phone_number if session and session.is_linked else None


def phone_view(
    phone: Phone, messages: tuple[PhoneMessage, ...], others: list[Phone], linked: str | None, groups: list[Group]
) -> PhoneView:
    """Return a phone with whom its form suggests to write to: the session's number, else another phone."""
    partner = next((other.number for other in others if other.number != phone.number), "")
    own = phone.number == linked
    draft = "I am typing this on my own phone." if own else "Hello! Is the flat still available?"
    joined = [group for group in groups if phone.number in group.members]
    return PhoneView(phone, messages, partner if own or linked is None else linked, draft, joined)


def shown_text(message: PhoneMessage) -> str:
    """Return what the phone shows of a message: its text, and what it is where that is not all."""
    if message.deleted:
        return "Deleted"
    label = KINDS[message.kind].label if message.kind in KINDS else message.kind.replace("_", " ").capitalize()
    text = message.text or ""
    if message.kind in ("text", ""):
        return text or label
    return f"{label}: {text}" if text else label
