"""What templates show of messages and chats: ticks, kinds, attachments, what happened to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from functions.explorer.acts import Offer, offers
from functions.explorer.attachments import Attachment
from functions.explorer.formatting import Names, formatted
from functions.explorer.polls import Ballot, ballot
from gateway.client import Chat, Message
from gateway.client.models import Deleter
from gateway.domain.content import ContactCard, Contacts, Poll
from gateway.domain.messages import MessageStatus
from gateway.domain.words import in_words

_TICKS: dict[str, tuple[str, str]] = {
    MessageStatus.QUEUED: ("◷", "queued"),
    MessageStatus.SENDING: ("◷", "sending"),
    MessageStatus.SENT: ("✓", "sent"),
    MessageStatus.DELIVERED: ("✓✓", "delivered"),
    MessageStatus.READ: ("✓✓", "read"),
    MessageStatus.PLAYED: ("✓✓", "played"),
    MessageStatus.FAILED: ("!", "failed"),
    MessageStatus.UNKNOWN: ("?", "unknown: it may have been sent, a receipt will tell"),
}
_KIND_LABELS = {
    "image": "Photo",
    "video": "Video",
    "audio": "Audio",
    "voice": "Voice message",
    "document": "Document",
    "sticker": "Sticker",
    "location": "Location",
    "contact": "Contact",
    "contacts": "Contacts",
    "group_invite": "Invitation to a group",
    "newsletter_invite": "Invitation to a channel",
    "buttons_reply": "Answer to buttons",
    "list_reply": "Answer to a list",
    "template_reply": "Answer to a template",
    "interactive_reply": "Answer to a form or button",
    "reaction": "Reaction",
    "undecryptable": "Waiting for this message: it could not be read yet.",
    "unavailable": "Only the phone shows this message; it may be viewed once.",
}
_MENTION = re.compile(r"@([0-9]{5,20})")
_MAP = "https://www.openstreetmap.org/?mlat={latitude:.6f}&mlon={longitude:.6f}#map=17/{latitude:.6f}/{longitude:.6f}"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a message; `detail` is why, `was` the text that it had, where there is one."""

    label: str
    at: datetime | None
    detail: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message in a bubble."""

    message: Message
    chat_kind: str = "user"
    is_pinned: bool = False

    @property
    def ticks(self) -> str:
        return _TICKS.get(self.message.status, ("", ""))[0] if self.message.from_me else ""

    @property
    def status(self) -> str:
        return _TICKS.get(self.message.status, ("", str(self.message.status)))[1]

    @property
    def text(self) -> Markup:
        """The text or caption with its formatting; nothing of a deleted message, or of contacts, which have cards."""
        message = self.message
        return formatted("" if message.deleted_at or self.cards else message.content or "", mentioned(message))

    @property
    def author(self) -> str:
        """Who wrote it, for groups: the name that the sender uses, else the number or the LID."""
        message = self.message
        return message.push_name or message.sender_phone_number or (message.sender_lid or "").partition("@")[0]

    @property
    def kind(self) -> str:
        """What the message is where it is not plain text; empty where it is."""
        if self.message.deleted_at:
            return _deletion(self.message)
        kind = self.message.message_type
        return "" if kind == "text" else _kind_label(kind)

    @property
    def forwarded(self) -> str:
        """The mark of a forwarded message; empty where it is none."""
        if self.message.deleted_at or not (self.message.forwarded or self.message.frequently_forwarded):
            return ""
        return "Forwarded many times" if self.message.frequently_forwarded else "Forwarded"

    @property
    def is_shown_itself(self) -> bool:
        """Whether the bubble shows the thing, so that its kind need not be named."""
        is_there = self.attachment is not None and bool(self.attachment.url)
        return is_there or self.ballot is not None or bool(self.cards)

    @property
    def attachment(self) -> Attachment | None:
        return Attachment(self.message) if self.message.media and not self.message.deleted_at else None

    @property
    def ballot(self) -> Ballot | None:
        """The options of a poll, with how many chose each."""
        poll = self.message.details
        return ballot(poll) if isinstance(poll, Poll) and not self.message.deleted_at else None

    @property
    def cards(self) -> Sequence[ContactCard]:
        """The contacts that were sent."""
        details = self.message.details
        return details.contacts if isinstance(details, Contacts) and not self.message.deleted_at else ()

    @property
    def offers(self) -> list[Offer]:
        """What can be done to the message."""
        return offers(self.message, self.chat_kind)

    @property
    def place(self) -> str:
        """The name of a location."""
        return (self.message.location or {}).get("name") or ""

    @property
    def coordinates(self) -> str:
        """Where a location is; empty where that is not known."""
        return "{latitude:.5f}, {longitude:.5f}".format(**place) if (place := self._place) else ""

    @property
    def map(self) -> str:
        """The address of a map of the location."""
        return _MAP.format(**place) if (place := self._place) else ""

    @property
    def _place(self) -> dict[str, float] | None:
        location = self.message.location or {}
        latitude, longitude = location.get("latitude"), location.get("longitude")
        if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
            return None
        return {"latitude": float(latitude), "longitude": float(longitude)}

    @property
    def reactions(self) -> list[tuple[str, int, str]]:
        """The emojis of the reactions, how often each came, and from whom."""
        found = Counter(reaction.emoji for reaction in self.message.reactions)
        return [(emoji, times, ", ".join(self._who_reacted(emoji))) for emoji, times in found.items()]

    def _who_reacted(self, emoji: str) -> list[str]:
        return [
            "you" if each.from_me else each.push_name or each.sender_phone_number or "somebody"
            for each in self.message.reactions
            if each.emoji == emoji
        ]

    @property
    def quote(self) -> str:
        """What the message replies to, as far as it is known; empty where it is no reply."""
        quote = self.message.quote
        return "" if quote is None else quote.text or _kind_label(quote.message_type or "message")

    @property
    def quoted_author(self) -> str:
        """Whose message it replies to, by the number; empty where that is not known."""
        quote = self.message.quote
        return (quote.sender_phone_number if quote else None) or ""

    @property
    def lines(self) -> list[str]:
        """What the message holds beside text, attachment, place, poll and contacts, in words."""
        shown = self.message.deleted_at or self.ballot is not None or self.cards
        return [] if shown else in_words(self.message.details)

    @property
    def timeline(self) -> list[Happening]:
        """What happened to the message and when, in the order of its states, after its attempts that failed."""
        return [*self._earlier_attempts(), *self._last_attempt()]

    def _earlier_attempts(self) -> list[Happening]:
        return [
            each
            for attempt in self.message.earlier_attempts
            for each in (
                Happening("Queued", attempt.queued_at),
                Happening("Failed", attempt.failed_at, attempt.error_detail or ""),
            )
        ]

    def _earlier_texts(self) -> list[Happening]:
        edits = () if self.message.deleted_at else self.message.edits
        return [
            Happening("Edited" if i else "Said first", each.at, was=each.content or "") for i, each in enumerate(edits)
        ]

    def _last_attempt(self) -> list[Happening]:
        message = self.message
        queued = Happening("Queued again" if message.earlier_attempts else "Queued", message.queued_at)
        later = [
            Happening("Sent", message.sent_at),
            Happening("Delivered", message.delivered_at),
            Happening("Read", message.read_at),
            *self._earlier_texts(),
            Happening("Edited", message.edited_at),
            Happening("Deleted", message.deleted_at),
            Happening("Failed", message.failed_at, message.error_detail or "It was not sent."),
        ]
        first = [queued] if message.from_me else [Happening("Received", message.timestamp)]
        return [each for each in [*first, *later] if each.at]


def chat_title(chat: Chat) -> str:
    """Return the chat's name, else its phone number, else what kind of chat it is, else its JID."""
    return chat.name or chat.phone_number or ("Group" if chat.kind == "group" else chat.jid)


def snippet(message: Message | None) -> str:
    """Return one line about a chat's last message."""
    if message is None:
        return ""
    view = MessageView(message)
    if message.deleted_at or not message.content:
        return view.kind
    names = mentioned(message)
    return _MENTION.sub(lambda found: f"@{names.get(found[1], found[1])}", message.content)


def mentioned(message: Message) -> Names:
    """Return the names of those who are mentioned, else their numbers, by what stands in the text in place of them."""
    return {
        jid.partition("@")[0].removeprefix("+"): each.name or each.phone_number or jid.partition("@")[0]
        for each in message.mentions
        for jid in (each.jid, each.lid, each.phone_number)
        if jid
    }


def _deletion(message: Message) -> str:
    """Say that a message was deleted; in groups admins may delete those of others."""
    by = message.deleted_by
    if by is None or (by.from_me == message.from_me and (by.from_me or _is_author(by, message))):
        return "This message was deleted."
    return "You deleted this message as an admin." if by.from_me else "An admin deleted this message."


def _is_author(by: Deleter, message: Message) -> bool:
    """Return whether its author deleted it, as far as the addresses that are known tell."""
    names = {by.lid, by.phone_number} - {None}
    return not names or bool(names & {message.sender_lid, message.sender_phone_number})


def _kind_label(kind: str) -> str:
    return _KIND_LABELS.get(kind, kind.partition(":")[0].replace("_", " ").capitalize())
