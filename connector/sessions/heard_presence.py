"""What a client heard of presence: of each person the latest, and no more often than it is worth to be told."""

from __future__ import annotations

import threading
import time

from connector.whatsapp.presence_events import PersonTyping, PresenceEvent
from gateway.domain.presence import TypingState

# A phone repeats that somebody types; who shows it lets it fade.
AGAIN_SECONDS = 10.0
# What was told longer ago is forgotten, and told anew.
FORGET_SECONDS = 60.0
# More than so many people at once are not told of before the next time.
MOST = 1000

Key = tuple[str, str]


class HeardPresence:
    """A mailbox between the client's own thread and the one that tells; `woken` is set when there may be something.

    `to_look` is set when the latter has to look whom to watch: of what is heard alone it does not.
    """

    def __init__(self) -> None:
        self.woken = threading.Event()
        self.to_look = threading.Event()
        self._lock = threading.Lock()
        self._heard: dict[Key, PresenceEvent] = {}
        self._told: dict[Key, tuple[PresenceEvent, float]] = {}

    def look_again(self) -> None:
        """Say that whom to watch, or the connection, may be another."""
        self.to_look.set()
        self.woken.set()

    def hear(self, event: PresenceEvent) -> None:
        """Remember an event in place of an earlier one of the same person."""
        key = _key(event)
        with self._lock:
            if key in self._heard or len(self._heard) < MOST:
                self._heard[key] = event
        self.woken.set()

    def forget(self, person_jid: str) -> None:
        """Let what is heard of a person next be news; on the thread that tells."""
        self._told.pop(("", person_jid), None)

    def take(self) -> list[PresenceEvent]:
        """Return what is new since the last time, to be told now."""
        now = time.monotonic()
        with self._lock:
            heard, self._heard = self._heard, {}
        self._told = {key: told for key, told in self._told.items() if now - told[1] < FORGET_SECONDS}
        news = {key: event for key, event in heard.items() if self._is_news(key, event, now)}
        self._told |= {key: (event, now) for key, event in news.items()}
        return list(news.values())

    def _is_news(self, key: Key, event: PresenceEvent, now: float) -> bool:
        told = self._told.get(key)
        if told is None:
            # Who was not seen typing stopped nothing.
            return not (isinstance(event, PersonTyping) and event.state is TypingState.PAUSED)
        goes_on = isinstance(event, PersonTyping) and event.state is not TypingState.PAUSED
        return told[0] != event or (goes_on and now - told[1] >= AGAIN_SECONDS)


def _key(event: PresenceEvent) -> Key:
    return (event.chat.jid if isinstance(event, PersonTyping) else "", event.person.jid)
