"""What the owner of a session is busy with, and the events that it is told of meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connector.sessions.client_run import ClientRunEvent, StoreEvent
from connector.sessions.owned_session import OwnedSession, Snapshot
from connector.sessions.resources import Resources
from connector.whatsapp.pairing_process import PairingEvent, PairingProcess


@dataclass(frozen=True, slots=True)
class Wake:
    """The rows may have changed."""


@dataclass(frozen=True, slots=True)
class PairingProgress:
    """What a pairing process reported; events of an earlier process are recognised by it."""

    process: PairingProcess
    event: PairingEvent


@dataclass(frozen=True, slots=True)
class LogoutResult:
    """Whether WhatsApp confirmed that the device is unlinked."""

    confirmed: bool


SessionEvent = Wake | ClientRunEvent | PairingProgress | LogoutResult


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What an activity works with: `send` puts an event into the mailbox, `store` keeps a received one.

    `is_ending` says, from any thread, whether this owner is to end: nothing is begun any more then.
    """

    resources: Resources
    owned_session: OwnedSession
    send: Callable[[SessionEvent], None]
    store: StoreEvent
    is_ending: Callable[[], bool]


class Activity:
    """A base whose methods do nothing; all but wake(), suspend() and abandon() run on the reconciler's own thread."""

    done = False

    @property
    def due(self) -> float | None:
        """When to advance without an event, on time.monotonic()."""
        return None

    @property
    def is_overdue(self) -> bool:
        """Whether to advance although nothing happened; read from any thread."""
        return False

    @property
    def takes_commands(self) -> bool:
        """Whether wake() is enough to have new commands carried out; read from any thread."""
        return False

    @property
    def is_pairing(self) -> bool:
        """Whether a process may link a device at this moment."""
        return False

    def handle(self, event: SessionEvent) -> None:
        """Remember what happened; must neither fail nor block."""

    def advance(self, snapshot: Snapshot) -> None:
        """Do what is to be done next; called again after it failed, and whenever something may have changed."""
        raise NotImplementedError

    def wake(self) -> None:
        """Look for new commands."""

    def suspend(self) -> None:
        """Close the socket until the database, which is away, is back."""

    def end(self, timeout: float) -> None:
        """Stop in good order within about `timeout` seconds."""

    def abandon(self) -> None:
        """Stop at once and write nothing: the lease is lost. From any thread, also while another method runs."""
