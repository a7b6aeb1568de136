"""What templates show of sessions, messages and turns: labels, ticks and times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.client import Chat, Message, SessionInfo, Status, Turn
from gateway.domain.messages import MessageStatus
from gateway.domain.sessions import SessionState
from gateway.domain.turns import TurnKind, TurnStatus
from gateway.domain.words import in_words

_SESSION_LABELS: dict[str, tuple[str, str]] = {
    SessionState.CONNECTED: ("Connected", "good"),
    SessionState.CONNECTING: ("Connecting …", "busy"),
    SessionState.QR_PENDING: ("Waiting for the phone", "busy"),
    SessionState.DISCONNECTED: ("Disconnected", "idle"),
    SessionState.LOGGED_OUT: ("Not linked", "idle"),
}
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
_TURN_LABELS: dict[str, tuple[str, str]] = {
    TurnStatus.WAITING: ("Waiting", "busy"),
    TurnStatus.RUNNING: ("Thinking", "busy"),
    TurnStatus.REPLIED: ("Answered", "good"),
    TurnStatus.SKIPPED: ("Left alone", "idle"),
    TurnStatus.FAILED: ("Failed", "bad"),
    TurnStatus.SUPERSEDED: ("Answered later", "idle"),
}


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session; `status`, with the QR or pairing code, is there while it is being linked."""

    info: SessionInfo
    status: Status | None = None

    @property
    def label(self) -> str:
        return self._label_and_tone[0]

    @property
    def tone(self) -> str:
        return self._label_and_tone[1]

    @property
    def can_connect(self) -> bool:
        return self.info.status in (SessionState.DISCONNECTED, SessionState.LOGGED_OUT)

    @property
    def is_linked(self) -> bool:
        """Whether there is a number to unlink."""
        return self.info.phone_number is not None and self.info.status not in (
            SessionState.LOGGED_OUT,
            SessionState.QR_PENDING,
        )

    @property
    def is_connected(self) -> bool:
        return self.info.status == SessionState.CONNECTED

    @property
    def _label_and_tone(self) -> tuple[str, str]:
        never_linked = self.info.status == SessionState.DISCONNECTED and self.info.phone_number is None
        return (
            ("Not linked yet", "idle")
            if never_linked
            else _SESSION_LABELS.get(self.info.status, (str(self.info.status), "idle"))
        )


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message in a bubble."""

    message: Message

    @property
    def ticks(self) -> str:
        return _TICKS.get(self.message.status, ("", ""))[0] if self.message.from_me else ""

    @property
    def status(self) -> str:
        return _TICKS.get(self.message.status, ("", str(self.message.status)))[1]

    @property
    def kind(self) -> str:
        """What the message is where it is not plain text; empty where it is."""
        if self.message.deleted_at:
            return "This message was deleted."
        kind = self.message.message_type
        return "" if kind == "text" else _kind_label(kind)

    @property
    def details(self) -> str:
        """File name, type and size of an attachment; name and coordinates of a location."""
        parts: list[object] = []
        if media := self.message.media:
            parts += [media.get("fileName"), media.get("mimetype"), _size(media.get("size"))]
        if location := self.message.location:
            parts += [location.get("name"), _coordinates(location)]
        return " · ".join(str(part) for part in parts if part)

    @property
    def quote(self) -> str:
        """What the message replies to, as far as it is known; empty where it is no reply."""
        quote = self.message.quote
        return "" if quote is None else quote.text or _kind_label(quote.message_type or "message")

    @property
    def lines(self) -> list[str]:
        """What the message holds beside text, attachment and place, in words."""
        return [] if self.message.deleted_at else in_words(self.message.details)

    @property
    def timeline(self) -> list[tuple[str, datetime]]:
        """What happened to the message and when, in the order of its states."""
        message = self.message
        first = ("Queued", message.created_at) if message.from_me else ("Received", message.timestamp)
        later = [
            ("Sent", message.sent_at),
            ("Delivered", message.delivered_at),
            ("Read", message.read_at),
            ("Edited", message.edited_at),
            ("Deleted", message.deleted_at),
        ]
        return [first, *((label, at) for label, at in later if at)]


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn of the assistant."""

    turn: Turn

    @property
    def label(self) -> str:
        return _TURN_LABELS.get(self.turn.status, (str(self.turn.status), "idle"))[0]

    @property
    def tone(self) -> str:
        return _TURN_LABELS.get(self.turn.status, ("", "idle"))[1]

    @property
    def explanation(self) -> str:
        """Why the turn ended as it did; empty where there is nothing to explain."""
        if self.turn.detail:
            return self.turn.detail
        if self.turn.kind == TurnKind.TEST:
            return "A trial; nothing was sent."
        if self.turn.status == TurnStatus.SUPERSEDED:
            return "More messages came; one answer saw them all."
        return "It answered the contact." if self.turn.status == TurnStatus.REPLIED else ""

    @property
    def cost(self) -> str:
        """Model, tokens and latency, as far as they are known."""
        turn = self.turn
        parts = [
            turn.model,
            f"{turn.usage.total_tokens} tokens" if turn.usage else None,
            f"{turn.latency_ms / 1000:.1f} s" if turn.latency_ms is not None else None,
        ]
        return " · ".join(part for part in parts if part)


def chat_title(chat: Chat) -> str:
    """Return the chat's name, else its phone number, else its JID."""
    return chat.name or chat.phone_number or chat.jid


def snippet(message: Message | None) -> str:
    """Return one line about a chat's last message."""
    if message is None:
        return ""
    view = MessageView(message)
    return message.content or view.kind if not message.deleted_at else view.kind


def utc(at: datetime) -> str:
    """Write a time in UTC, for browsers that run no scripts; the others show it in the reader's own zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def initial(title: str) -> str:
    """Return the letter in the circle beside a chat, # where the title begins with none."""
    first = title.lstrip("+ ")[:1]
    return first.upper() if first.isalpha() else "#"


def _kind_label(kind: str) -> str:
    return _KIND_LABELS.get(kind, kind.partition(":")[0].replace("_", " ").capitalize())


def _size(octets: Any) -> str:  # noqa: ANN401
    return f"{octets / 1024:.0f} kB" if isinstance(octets, int) else ""


def _coordinates(location: dict[str, Any]) -> str:
    latitude, longitude = location.get("latitude"), location.get("longitude")
    return f"{latitude:.5f}, {longitude:.5f}" if latitude is not None and longitude is not None else ""
