"""Events of presence: who types in which chat, who is online. Worthless later, so never stored. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from connector.whatsapp.jids import WhatsAppAddress, combine_jids
from connector.whatsapp.library import neonize_pb2
from gateway.domain.presence import TypingState

PRESENCE_KINDS = frozenset({"ChatPresence", "Presence"})


@dataclass(frozen=True, slots=True)
class PersonTyping:
    """Somebody types or records in a chat, or stopped to."""

    chat: WhatsAppAddress
    person: WhatsAppAddress
    state: TypingState


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """Somebody is online, or is not any more; `last_seen_at` is there where the person shows it."""

    person: WhatsAppAddress
    online: bool
    last_seen_at: datetime | None


PresenceEvent = PersonTyping | PersonSeen


def decode_presence_event(kind: str, payload: bytes) -> PresenceEvent | None:
    """Decode an event; None for what another device of the account does.

    Raise google.protobuf.message.DecodeError for a broken payload.
    """
    if kind == "Presence":
        return _seen(neonize_pb2.Presence.FromString(payload))
    event = neonize_pb2.ChatPresence.FromString(payload)
    return None if event.MessageSource.IsFromMe else _typing(event)


def _seen(event: neonize_pb2.Presence) -> PersonSeen:
    # A time that is missing is Go's zero time, in the year 1.
    at = datetime.fromtimestamp(event.LastSeen, UTC) if event.LastSeen > 0 else None
    return PersonSeen(combine_jids(event.From), not event.Unavailable, at)


def _typing(event: neonize_pb2.ChatPresence) -> PersonTyping:
    source = event.MessageSource
    person = combine_jids(source.Sender, source.SenderAlt)
    chat = combine_jids(source.Chat)
    return PersonTyping(chat if chat.kind == "group" else person, person, _state(event))


def _state(event: neonize_pb2.ChatPresence) -> TypingState:
    if event.State == neonize_pb2.ChatPresence.ChatPresence.PAUSED:
        return TypingState.PAUSED
    is_voice = event.Media == neonize_pb2.ChatPresence.ChatPresenceMedia.AUDIO
    return TypingState.RECORDING if is_voice else TypingState.TYPING
