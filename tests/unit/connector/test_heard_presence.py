"""Of each person the latest is told, and no more often than it is worth."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connector.sessions import heard_presence
from connector.sessions.heard_presence import AGAIN_SECONDS, FORGET_SECONDS, HeardPresence
from connector.whatsapp.jids import WhatsAppAddress
from connector.whatsapp.presence_events import PersonSeen, PersonTyping
from gateway.domain.presence import TypingState

MARIA, TOM = WhatsAppAddress("1@lid", "1@lid"), WhatsAppAddress("2@lid", "2@lid")


def typing(state: TypingState, person: WhatsAppAddress = MARIA) -> PersonTyping:
    return PersonTyping(person, person, state)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("connector.sessions.heard_presence.time.monotonic", lambda: now[0])
    return now


def test_what_follows_quickly_is_one(clock: list[float]) -> None:
    heard = HeardPresence()
    for state in (TypingState.TYPING, TypingState.PAUSED, TypingState.RECORDING):
        heard.hear(typing(state))
    heard.hear(typing(TypingState.TYPING, TOM))
    assert heard.woken.is_set()
    assert heard.take() == [typing(TypingState.RECORDING), typing(TypingState.TYPING, TOM)]
    assert heard.take() == []


def test_typing_that_goes_on_is_told_again_after_a_while(clock: list[float]) -> None:
    heard = HeardPresence()
    told = []
    for _ in range(int(AGAIN_SECONDS) + 1):
        heard.hear(typing(TypingState.TYPING))
        told += heard.take()
        clock[0] += 1
    assert len(told) == 2


def test_who_was_not_seen_typing_stops_nothing(clock: list[float]) -> None:
    heard = HeardPresence()
    heard.hear(typing(TypingState.PAUSED))
    assert heard.take() == []
    heard.hear(typing(TypingState.TYPING))
    heard.take()
    heard.hear(typing(TypingState.PAUSED))
    assert heard.take() == [typing(TypingState.PAUSED)]
    clock[0] += FORGET_SECONDS
    heard.hear(typing(TypingState.PAUSED))
    assert heard.take() == []


def test_one_who_is_online_types_beside(clock: list[float]) -> None:
    heard = HeardPresence()
    online, gone = PersonSeen(MARIA, True, None), PersonSeen(MARIA, False, datetime.now(UTC))
    heard.hear(online)
    heard.hear(typing(TypingState.TYPING))
    assert heard.take() == [online, typing(TypingState.TYPING)]
    heard.hear(online)
    assert heard.take() == []
    heard.hear(gone)
    assert heard.take() == [gone]


def test_a_crowd_is_bounded(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard_presence, "MOST", 1)
    heard = HeardPresence()
    heard.hear(typing(TypingState.TYPING))
    heard.hear(typing(TypingState.TYPING, TOM))
    heard.hear(typing(TypingState.RECORDING))
    assert heard.take() == [typing(TypingState.RECORDING)]
