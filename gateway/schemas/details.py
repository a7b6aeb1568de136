"""What a message holds beside text, media and place, as the API shows it: one body for each shape, told by `kind`."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError

from gateway.schemas.base import Moment, ResponseBody
from gateway.schemas.polls import Poll, PollResults, PollVote


class Quote(ResponseBody):
    """The message that this one replies to, as the reply shows it; it need not be stored here."""

    message_id: str = Field(description="WhatsApp's id.")
    sender_lid: str | None = None
    sender_phone_number: str | None = None
    message_type: str | None = None
    text: str | None = None


class Row(ResponseBody):
    """A line of a list to choose from."""

    id: str | None = Field(None, description="Comes back as `selectedId` of the answer.")
    title: str | None = None
    description: str | None = None


class Section(ResponseBody):
    """Lines of a list under one title."""

    title: str | None = None
    rows: tuple[Row, ...] = ()


class Button(ResponseBody):
    """A button under a message."""

    action: str = Field(description="`reply`, `url`, `call`, `copy`, `list`, or as the business calls it.")
    text: str | None = None
    id: str | None = Field(None, description="Comes back as `selectedId` of the answer.")
    value: str | None = Field(None, description="The address, number or code it leads to.")
    sections: tuple[Section, ...] = ()


class Header(ResponseBody):
    """The top of a message with buttons; an attachment itself is the message's `media` or `location`."""

    type: str = Field(description="`text`, `image`, `video`, `document`, `location` or `product`.")
    text: str | None = None


class Card(ResponseBody):
    """One of several cards beside each other."""

    header: Header | None = None
    body: str | None = None
    footer: str | None = None
    buttons: tuple[Button, ...] = ()


class Template(ResponseBody):
    """What a business sends with buttons."""

    kind: Literal["template", "buttons", "interactive"]
    header: Header | None = None
    body: str | None = None
    footer: str | None = None
    buttons: tuple[Button, ...] = ()
    cards: tuple[Card, ...] = ()


class ListMenu(ResponseBody):
    """A list to choose from, behind a button."""

    kind: Literal["list"]
    title: str | None = None
    body: str | None = None
    footer: str | None = None
    button: str | None = Field(None, description="The text of the button that opens the list.")
    sections: tuple[Section, ...] = ()


class Choice(ResponseBody):
    """The button, row or flow that was chosen."""

    kind: Literal["buttons_reply", "list_reply", "template_reply", "interactive_reply"]
    selected_id: str | None = Field(None, description="The id of the button or row.")
    text: str | None = None
    description: str | None = None
    flow: str | None = Field(None, description="The name of the flow that was answered.")
    parameters: Any = Field(None, description="What the flow returned, as JSON; a string where it was not JSON.")


class Phone(ResponseBody):
    """A phone number in a contact's card."""

    number: str = Field(description="As it is written in the card.")
    label: str | None = None
    whatsapp: str | None = Field(None, description="The E.164 number, where it has a WhatsApp account.")


class ContactCard(ResponseBody):
    """A contact, read from a vCard."""

    name: str | None = None
    organisation: str | None = None
    title: str | None = None
    phones: tuple[Phone, ...] = ()
    emails: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    birthday: str | None = None
    note: str | None = None


class Contacts(ResponseBody):
    """One contact, or several that were sent together."""

    kind: Literal["contact", "contacts"]
    contacts: tuple[ContactCard, ...] = ()


class GroupInvite(ResponseBody):
    """An invitation to a group."""

    kind: Literal["group_invite"]
    group: str | None = Field(None, description="The group's JID.")
    name: str | None = None
    code: str | None = Field(None, description="What the group's link ends with.")
    text: str | None = None
    expires_at: Moment | None = None


class NewsletterInvite(ResponseBody):
    """An invitation to follow a channel, or to administer it."""

    kind: Literal["newsletter_invite"]
    newsletter: str | None = Field(None, description="The channel's JID.")
    name: str | None = None
    role: Literal["follower", "admin"]
    text: str | None = None
    expires_at: Moment | None = None


class Amount(ResponseBody):
    """An amount of money."""

    value: str = Field(description="A decimal number.")
    currency: str | None = Field(None, description="ISO 4217.")


class Order(ResponseBody):
    """A cart that was sent to a shop."""

    kind: Literal["order"]
    id: str | None = None
    title: str | None = None
    text: str | None = None
    item_count: int = 0
    total: Amount | None = None
    status: str | None = None
    seller: str | None = Field(None, description="The shop's JID.")


class Product(ResponseBody):
    """A product of a catalogue."""

    kind: Literal["product"]
    id: str | None = None
    retailer_id: str | None = None
    title: str | None = None
    description: str | None = None
    price: Amount | None = None
    sale_price: Amount | None = None
    url: str | None = None
    text: str | None = None
    footer: str | None = None
    seller: str | None = Field(None, description="The shop's JID.")


class Payment(ResponseBody):
    """A payment that was sent or asked for, and what became of a request."""

    kind: Literal["payment"]
    action: Literal["sent", "requested", "declined", "canceled", "invited", "invoiced", "split", "reminded"]
    amount: Amount | None = None
    note: str | None = None
    expires_at: Moment | None = None


class CalendarEvent(ResponseBody):
    """An event of a chat; its place is the message's `location`."""

    kind: Literal["event"]
    name: str | None = None
    description: str | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    canceled: bool = False
    link: str | None = None


class Call(ResponseBody):
    """A call that was made, or is planned."""

    kind: Literal["call", "scheduled_call"]
    video: bool = False
    outcome: str | None = None
    seconds: int | None = None
    title: str | None = None
    starts_at: Moment | None = None


class Album(ResponseBody):
    """How many pictures follow, each a message of its own, and those of them that are there."""

    kind: Literal["album"]
    images: int = 0
    videos: int = 0
    parts: tuple[UUID, ...] = Field((), description="Our ids of its pictures and films, in their order.")


class StickerPack(ResponseBody):
    """Stickers that were shared together."""

    kind: Literal["sticker_pack"]
    name: str | None = None
    publisher: str | None = None
    description: str | None = None


class Pin(ResponseBody):
    """Whether the message with the id `targetMessageId` was pinned for all, or is so no more."""

    kind: Literal["pin"]
    pinned: bool


class Timer(ResponseBody):
    """That messages of the chat disappear from now on, or do so no more."""

    kind: Literal["disappearing"]
    seconds: int = Field(description="After how many; 0: never.")


Details = Annotated[
    Template | ListMenu | Choice | Contacts | Poll | PollResults | PollVote | GroupInvite | NewsletterInvite | Order
    | Product | Payment | CalendarEvent | Call | Album | StickerPack | Pin | Timer,
    Field(discriminator="kind"),
]  # fmt: skip
_DETAILS: TypeAdapter[Details] = TypeAdapter(Details)


def details_of(document: dict[str, Any] | None) -> Details | None:
    """Return the details in a row; None where another release wrote a kind that this one does not know."""
    try:
        return None if document is None else _DETAILS.validate_python(document)
    except ValidationError:
        return None
