"""What a session's owner can be busy with, and the mail that it gets while it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from connector.sessions.client_run import ClientRunEvent
from connector.sessions.owned_session import OwnedSession, Snapshot
from connector.sessions.resources import Resources
from connector.whatsapp.pairing_process import PairingEvent, PairingProcess


@dataclass(frozen=True, slots=True)
class Wake:
    """Look at the rows."""


@dataclass(frozen=True, slots=True)
class PairingProgress:
    process: PairingProcess
    event: PairingEvent


@dataclass(frozen=True, slots=True)
class LogoutResult:
    """What came of asking WhatsApp to unlink."""

    confirmed: bool


SessionEvent = Wake | ClientRunEvent | PairingProgress | LogoutResult


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What an activity works with: `post` puts mail in front of the runner, `stored` says that an event came in."""

    resources: Resources
    record: OwnedSession
    post: Callable[[SessionEvent], None]
    stored: Callable[[], None]


class Activity(Protocol):
    """All but wake(), suspend() and abandon() run on the runner's own thread."""

    @property
    def due(self) -> float | None:
        """When it wants to advance without mail, on time.monotonic()."""

    @property
    def done(self) -> bool:
        """Whether it could be forgotten now."""

    def handle(self, note: SessionEvent) -> None:
        """Take notice; nothing here may fail or block."""

    def advance(self, look: Snapshot) -> None:
        """Do what is to be done next; called again after it failed, and whenever something may have changed."""

    def wake(self) -> None:
        """There may be new commands."""

    def suspend(self) -> None:
        """The database is away: close the socket until it is back."""

    def end(self, patience: float) -> None:
        """Stop in good order within about `patience` seconds."""

    def abandon(self) -> None:
        """The lease is lost: stop at once, write nothing; from any thread, also while another method runs."""
