"""Presence as neonize would deliver it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connector.whatsapp.library import neonize_pb2
from connector.whatsapp.presence_events import PersonSeen, PersonTyping, decode_presence_event
from gateway.domain.presence import TypingState
from tests.unit.connector_whatsapp.build import GROUP, MARIA_LID, jid, source


def typing(of: neonize_pb2.MessageSource, state: str, media: str = "TEXT") -> PersonTyping:
    chat_presence = neonize_pb2.ChatPresence
    payload = chat_presence(
        MessageSource=of,
        State=chat_presence.ChatPresence.Value(state),
        Media=chat_presence.ChatPresenceMedia.Value(media),
    ).SerializeToString()
    event = decode_presence_event("ChatPresence", payload)
    assert isinstance(event, PersonTyping)
    return event


@pytest.mark.parametrize(
    ("state", "media", "seen"),
    [
        ("COMPOSING", "TEXT", TypingState.TYPING),
        ("COMPOSING", "AUDIO", TypingState.RECORDING),
        ("PAUSED", "TEXT", TypingState.PAUSED),
        ("PAUSED", "AUDIO", TypingState.PAUSED),
    ],
)
def test_somebody_types_records_or_stops(state: str, media: str, seen: TypingState) -> None:
    event = typing(source(), state, media)
    assert (event.chat.jid, event.person.lid, event.state) == (MARIA_LID, MARIA_LID, seen)


def test_in_a_group_somebody_types() -> None:
    event = typing(source(GROUP, group=True), "COMPOSING")
    assert (event.chat.jid, event.chat.kind, event.person.jid) == (GROUP, "group", MARIA_LID)


def test_what_another_device_of_the_account_does_is_nothing() -> None:
    payload = neonize_pb2.ChatPresence(MessageSource=source(from_me=True), State="COMPOSING", Media="TEXT")
    assert decode_presence_event("ChatPresence", payload.SerializeToString()) is None


@pytest.mark.parametrize(
    ("last_seen", "at"),
    [(1_795_360_447, datetime.fromtimestamp(1_795_360_447, UTC)), (0, None), (-62_135_596_800, None)],
)
def test_somebody_is_online_or_gone(last_seen: int, at: datetime | None) -> None:
    event = neonize_pb2.Presence(From=jid(MARIA_LID), Unavailable=at is not None, LastSeen=last_seen)
    seen = decode_presence_event("Presence", event.SerializeToString())
    assert isinstance(seen, PersonSeen)
    assert (seen.person.lid, seen.online, seen.last_seen_at) == (MARIA_LID, at is None, at)
