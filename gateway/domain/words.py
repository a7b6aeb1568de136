"""What a message holds, in lines that a person reads, for pages and terminals. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from gateway.domain.commerce import Amount, Order, Payment, Product
from gateway.domain.content import (
    Album,
    Button,
    CalendarEvent,
    Call,
    Card,
    Choice,
    ContactCard,
    Contacts,
    Details,
    GroupInvite,
    Header,
    ListMenu,
    NewsletterInvite,
    Pin,
    Poll,
    PollResults,
    PollVote,
    Section,
    StickerPack,
    Template,
    Timer,
)

_PAYMENTS = {
    "sent": "Payment sent",
    "requested": "Payment requested",
    "declined": "Payment request declined",
    "canceled": "Payment request canceled",
    "invited": "Invitation to set up payments",
    "invoiced": "Invoice",
    "split": "Payment split among several",
    "reminded": "Payment reminder",
}


def in_words(details: Details | None) -> list[str]:
    """Return the lines that say what `details` hold, without those that repeat the message's text or type."""
    return [line for line in _lines(details) if line]


def _lines(details: Details | None) -> Iterable[str | None]:
    match details:
        case Template() | ListMenu() | Choice():
            return _menu(details)
        case Contacts():
            return [line for card in details.contacts for line in _card(card)]
        case Poll() | PollResults():
            return _poll(details)
        case PollVote():
            return details.options
        case GroupInvite() | NewsletterInvite():
            return _invite(details)
        case Order() | Product() | Payment():
            return _sale(details)
        case CalendarEvent() | Call():
            return _appointment(details)
        case Album() | StickerPack() | Pin() | Timer():
            return _collection(details)
        case None:
            return ()


def _menu(details: Template | ListMenu | Choice) -> Iterable[str | None]:
    match details:
        case Template():
            cards = [line for card in details.cards for line in _face(card)]
            return [_header(details.header), details.footer, *map(_button, details.buttons), *cards]
        case ListMenu():
            return [details.title, details.footer, _bracketed(details.button), *_sections(details.sections)]
        case Choice():
            returned = None if details.parameters is None else json.dumps(details.parameters, ensure_ascii=False)
            return [
                details.description,
                _named("Chosen", details.selected_id),
                _joined(details.flow, returned, separator=": "),
            ]


def _lifetime(timer: Timer) -> str:
    days = timer.seconds / 86_400
    return f"Messages disappear after {days:g} days." if days else "Messages disappear no more."


def _face(card: Card) -> Iterable[str | None]:
    return [_header(card.header), card.body, card.footer, *map(_button, card.buttons)]


def _header(header: Header | None) -> str | None:
    return None if header is None else header.text or f"[{header.type}]"


def _button(button: Button) -> str:
    lines = [_bracketed(button.text or button.action), button.value, *_sections(button.sections)]
    return " ".join(line for line in lines if line)


def _sections(sections: Iterable[Section]) -> list[str]:
    titles = [(section.title, [_joined(row.title, row.description) for row in section.rows]) for section in sections]
    return [line for title, rows in titles for line in ([title] if title else []) + [f"• {row}" for row in rows if row]]


def _card(card: ContactCard) -> Iterable[str | None]:
    phones = [f"{phone.label}: {phone.number}" if phone.label else phone.number for phone in card.phones]
    heading = _joined(card.name, card.title, card.organisation)
    return [heading, *phones, *card.emails, *card.urls, *card.addresses, _named("Birthday", card.birthday), card.note]


def _poll(details: Poll | PollResults) -> Iterable[str | None]:
    if isinstance(details, Poll) and not any(result.votes for result in details.results):
        return [f"○ {option}" for option in details.options]
    return [f"{result.option}: {result.votes}" for result in details.results]


def _invite(details: GroupInvite | NewsletterInvite) -> Iterable[str | None]:
    if isinstance(details, GroupInvite):
        return [_named("Invitation to the group", details.name or details.group), _until(details.expires_at)]
    asked = "Invitation to administer the channel" if details.role == "admin" else "Invitation to the channel"
    return [_named(asked, details.name or details.newsletter), _until(details.expires_at)]


def _sale(details: Order | Product | Payment) -> Iterable[str | None]:
    match details:
        case Order():
            items = f"{details.item_count} item{'' if details.item_count == 1 else 's'}"
            return [_joined(items, _amount(details.total), details.status), details.text]
        case Product():
            price = _amount(details.sale_price) or _amount(details.price)
            return [price, details.description, details.text, details.url, details.footer]
        case Payment():
            return [_joined(_PAYMENTS[details.action], _amount(details.amount)), _until(details.expires_at)]


def _appointment(details: CalendarEvent | Call) -> Iterable[str | None]:
    if isinstance(details, CalendarEvent):
        times = _joined(_time(details.starts_at), _time(details.ends_at), separator=" – ")
        return ["Canceled" if details.canceled else None, times, details.description, details.link]
    length = None if details.seconds is None else f"{details.seconds} s"
    kind = "Video call" if details.video else "Voice call"
    return [_joined(kind, details.outcome, length, _time(details.starts_at))]


def _collection(details: Album | StickerPack | Pin | Timer) -> Iterable[str | None]:
    match details:
        case Album():
            return [f"{details.images} photos, {details.videos} videos"]
        case StickerPack():
            return [_joined(details.name, details.publisher), details.description]
        case Pin():
            return ["A message was pinned." if details.pinned else "A message is pinned no more."]
        case Timer():
            return [_lifetime(details)]


def _joined(*parts: str | None, separator: str = ", ") -> str | None:
    return separator.join(part for part in parts if part) or None


def _named(name: str | None, value: str | None) -> str | None:
    """Return a value with its name; None without a value."""
    return f"{name}: {value}" if name and value else value


def _bracketed(text: str | None) -> str | None:
    return f"[{text}]" if text else None


def _amount(amount: Amount | None) -> str | None:
    return _joined(amount.value, amount.currency, separator=" ") if amount else None


def _until(moment: datetime | None) -> str | None:
    return _named("Valid until", _time(moment))


def _time(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else None
