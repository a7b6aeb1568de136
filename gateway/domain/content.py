"""What a message holds beside its text, media and place: one class for each shape, told apart by `kind`. Pure.

The receiver makes them from WhatsApp's protobuf (connector/whatsapp/content), rows hold them as JSON
(gateway.domain.documents), the API describes them (functions/api/schemas/details.py). `kind` is the message's type.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from gateway.domain.commerce import Order, Payment, Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The message that another one replies to, as the reply itself shows it; the sender as far as it is told."""

    message_id: str
    sender_lid: str | None = None
    sender_phone_number: str | None = None
    message_type: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a list to choose from; `id` comes back in the answer."""

    id: str | None = None
    title: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    title: str | None = None
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`action`: reply, url, call, copy, list, or as the business calls it (flow, review_and_pay, …).

    `id` comes back in the answer; `value` is the address, number or code it leads to; `sections` are of a list.
    """

    action: str
    text: str | None = None
    id: str | None = None
    value: str | None = None
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """`type`: text, image, video, document, location or product; an attachment itself is the message's media."""

    type: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One of several cards beside each other."""

    header: Header | None = None
    body: str | None = None
    footer: str | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a business sends with buttons; `template` was approved by WhatsApp before."""

    kind: Literal["template", "buttons", "interactive"]
    header: Header | None = None
    body: str | None = None
    footer: str | None = None
    buttons: tuple[Button, ...] = ()
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMenu:
    """A list to choose from, behind a button."""

    kind: Literal["list"] = "list"
    title: str | None = None
    body: str | None = None
    footer: str | None = None
    button: str | None = None
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An answer: `selected_id` is the id of the button or row; `flow` names the form or native flow.

    `parameters` is what the flow returned: JSON as the sender's app made it, a string where it was not JSON.
    """

    kind: Literal["buttons_reply", "list_reply", "template_reply", "interactive_reply"]
    selected_id: str | None = None
    text: str | None = None
    description: str | None = None
    flow: str | None = None
    parameters: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """`number` as it is written in the card; `whatsapp` is the E.164 number that has an account."""

    number: str
    label: str | None = None
    whatsapp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCard:
    name: str | None = None
    organisation: str | None = None
    title: str | None = None
    phones: tuple[Phone, ...] = ()
    emails: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    birthday: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    kind: Literal["contact", "contacts"]
    contacts: tuple[ContactCard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Voter:
    """Who voted, and when they did so last."""

    from_me: bool
    sender_phone_number: str | None = None
    sender_lid: str | None = None
    push_name: str | None = None
    timestamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """How many chose an option, and who, where that is known."""

    option: str
    votes: int
    voters: tuple[Voter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """`selectable`: how many options one may choose, 0 for any number. The `results` are in no row, but those of votes.

    There is one of each option, in their order, where the poll is shown.
    """

    kind: Literal["poll"] = "poll"
    question: str | None = None
    options: tuple[str, ...] = ()
    selectable: int = 0
    results: tuple[PollResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResults:
    """The state of a poll when somebody shared it."""

    kind: Literal["poll_results"] = "poll_results"
    question: str | None = None
    results: tuple[PollResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollVote:
    """The chosen `options`, none where the vote was taken back; `hashes` instead while the poll is not stored."""

    kind: Literal["poll_vote"] = "poll_vote"
    options: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInvite:
    """`code` is what the link of the group ends with."""

    kind: Literal["group_invite"] = "group_invite"
    group: str | None = None
    name: str | None = None
    code: str | None = None
    text: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterInvite:
    """To follow a channel, or to administer it."""

    kind: Literal["newsletter_invite"] = "newsletter_invite"
    newsletter: str | None = None
    name: str | None = None
    role: Literal["follower", "admin"]
    text: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """An event of a chat; its place is the message's location."""

    kind: Literal["event"] = "event"
    name: str | None = None
    description: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    canceled: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that was made (`call`) or is planned (`scheduled_call`); `outcome` as WhatsApp names it."""

    kind: Literal["call", "scheduled_call"]
    video: bool = False
    outcome: str | None = None
    seconds: int | None = None
    title: str | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """How many pictures follow, each a message of its own; `parts` are our ids of those that are there, in no row."""

    kind: Literal["album"] = "album"
    images: int = 0
    videos: int = 0
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StickerPack:
    kind: Literal["sticker_pack"] = "sticker_pack"
    name: str | None = None
    publisher: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The message with the target's id was pinned for all, or is so no more."""

    kind: Literal["pin"] = "pin"
    pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """After how many seconds messages of the chat disappear from now on; 0: never."""

    kind: Literal["disappearing"] = "disappearing"
    seconds: int


Details: TypeAlias = (
    Template | ListMenu | Choice | Contacts | Poll | PollResults | PollVote | GroupInvite | NewsletterInvite | Order
    | Product | Payment | CalendarEvent | Call | Album | StickerPack | Pin | Timer
)  # fmt: skip
