"""What a session wants to hear of beside its messages."""

from __future__ import annotations

from dataclasses import dataclass

from connector.whatsapp.events import HISTORY_KIND
from connector.whatsapp.presence_events import PRESENCE_KINDS
from gateway.domain.history import HistoryScope
from gateway.domain.presence import PresenceSetting
from gateway.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Whether the phone's history comes; `presence` is when the session is available, and hears of others."""

    history: bool = False
    presence: PresenceSetting = PresenceSetting.OFF

    @property
    def kinds(self) -> frozenset[str]:
        """The events of a client that are wanted only so."""
        history = frozenset({HISTORY_KIND}) if self.history else frozenset()
        return history | PRESENCE_KINDS if self.presence is not PresenceSetting.OFF else history


MESSAGES_ALONE = Subscriptions()


def subscriptions_of(session: Session, *, is_deaf: bool) -> Subscriptions:
    """Return what a session wants; one that is deaf hears of no presence."""
    presence = PresenceSetting.OFF if is_deaf else PresenceSetting(session.presence)
    return Subscriptions(session.history != HistoryScope.NONE, presence)
