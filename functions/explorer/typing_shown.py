"""Who types or records in the chats of a session, as the event log tells while the number is available."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from functions.explorer.event_tail import EventView, Wanted, latest, read_page
from gateway.client import CursorExpired, Gateway, Session
from gateway.domain.events import EventType
from gateway.domain.presence import PresenceSetting, TypingState

# While it goes on it is told again after ten seconds.
_SHOWN = timedelta(seconds=25)
_WORDS: dict[str, str] = {TypingState.TYPING: "typing…", TypingState.RECORDING: "recording…"}


@dataclass(frozen=True, slots=True)
class Typing:
    """What is shown, by the chats' ids; `after` is the place in the log from which it is told the next time."""

    chats: Mapping[UUID, str] = field(default_factory=dict)
    after: str = ""


NOBODY_TYPES = Typing()


def read_typing(gateway: Gateway, session: Session, after: str) -> Typing:
    """Return who types now, as told after a place in the log; without one it begins at the end."""
    if session.info.presence in (None, PresenceSetting.OFF):
        return NOBODY_TYPES
    try:
        tail = read_page(gateway, after or latest(gateway), Wanted([EventType.CHAT_PRESENCE], [session.id]))
    except CursorExpired:
        return Typing(after=latest(gateway))
    since = datetime.now(UTC) - _SHOWN
    told = [event for event in tail.events if event.at > since]
    over = tail.events[: len(tail.events) - len(told)]
    # What is shown is read again, until it is over.
    place = tail.after if not told else over[-1].id if over else after
    return Typing(_by_chat(told), place)


def _by_chat(told: Iterable[EventView]) -> dict[UUID, str]:
    states: dict[tuple[str, str | None], str] = {}
    for event in told:
        data = event.document["data"]
        states[data["chatId"], data.get("participant")] = data["state"]
    return {UUID(chat): _WORDS[state] for (chat, _), state in states.items() if state in _WORDS}
