"""What may be sent: one class for each kind, and what a message may carry beside. Pure.

The API makes them of requests (functions/api/schemas/kinds.py), rows hold them (gateway.store.outbound), and the
connector makes WhatsApp's protobuf of them (connector/whatsapp/outbound.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from gateway.domain.content import Album, Contacts, Poll, Quote, Timer
from gateway.domain.links import LinkPreview


@dataclass(frozen=True, slots=True)
class Text:
    """`preview` shows the page behind a link in the text."""

    text: str
    preview: LinkPreview | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """In degrees."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A picture, film, sound, document or sticker (`kind`), by the id of the file that is made ready for it.

    `gif` films are looped without sound, `round` ones are shown in a circle; `file_name` is a document's, where it is
    another than that of the file. Of a part of an album `album_id` is our id of that, `album_message_id` WhatsApp's,
    once WhatsApp has it.
    """

    kind: str
    media_id: UUID
    caption: str | None = None
    file_name: str | None = None
    gif: bool = False
    round: bool = False
    album_id: UUID | None = None
    album_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The message that another one is about, as WhatsApp names it; `author` is its sender's JID, where others wrote."""

    message_id: str
    from_me: bool
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """An empty `emoji` takes back the one before."""

    target: Target
    emoji: str


@dataclass(frozen=True, slots=True)
class Edit:
    """The new text of a message, or the new caption of one of another `kind`."""

    target: Target
    text: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Deletion:
    target: Target


@dataclass(frozen=True, slots=True)
class Pinning:
    """Pins a message for all, for so many `seconds`; 0 ends it."""

    target: Target
    seconds: int


# What changes or marks another message; people do not see it as one of its own.
Action: TypeAlias = Reaction | Edit | Deletion | Pinning
Content: TypeAlias = Text | Location | Contacts | Poll | Album | Timer | File | Action


@dataclass(frozen=True, slots=True)
class Context:
    """What a message replies to, the JIDs it mentions, and how often it was forwarded."""

    quote: Quote | None = None
    mentions: tuple[str, ...] = ()
    forwarding_score: int = 0


@dataclass(frozen=True, slots=True)
class Outbound:
    """A content with its context; an action has none."""

    content: Content
    context: Context = field(default_factory=Context)

    @property
    def is_plain(self) -> bool:
        """Whether it is a text alone, which every release sends, an older one without its preview."""
        return isinstance(self.content, Text) and self.context == Context()
