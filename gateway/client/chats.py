"""Chats, and what they, contacts and groups have of their pictures: what the API returns."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.client.models import Message, Model


class Pictured(Model):
    """Who has a picture: it is `available`, `hidden`, `not_set`, or `unknown` while WhatsApp was not asked for it."""

    picture: str = "unknown"
    picture_url: str | None = None

    @property
    def picture_file(self) -> UUID | None:
        """The id of the picture's file, by which a session downloads it; None where there is none."""
        return UUID(self.picture_url.rpartition("/")[2]) if self.picture_url else None


class Chat(Pictured):
    """A chat, under whichever address its messages came.

    `kind` is `user`, `group`, `broadcast`, `status`, `newsletter` or `other`. `jid` is the address to send to: a LID
    where it is known, else the JID of a phone number or group. Messages disappear after `disappearing_seconds`: 0 is
    never, None is not known. `archived`, `pinned` and `muted_until` are as the history said.
    """

    id: UUID
    kind: str
    jid: str
    phone_number: str | None = None
    lid: str | None = None
    name: str | None = None
    unread_count: int = 0
    disappearing_seconds: int | None = None
    archived: bool = False
    pinned: bool = False
    muted_until: datetime | None = None
    last_message: Message | None = None
    last_message_at: datetime | None = None
