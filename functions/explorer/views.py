"""What templates show of sessions, and of times and names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.client import SessionInfo, Status
from gateway.domain.sessions import SessionState

_SESSION_LABELS: dict[str, tuple[str, str]] = {
    SessionState.CONNECTED: ("Connected", "good"),
    SessionState.CONNECTING: ("Connecting …", "busy"),
    SessionState.QR_PENDING: ("Waiting for the phone", "busy"),
    SessionState.DISCONNECTED: ("Disconnected", "idle"),
    SessionState.LOGGED_OUT: ("Not linked", "idle"),
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


def utc(at: datetime) -> str:
    """Write a time in UTC, for browsers that run no scripts; the others show it in the reader's own zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def initial(title: str) -> str:
    """Return the letter in the circle beside a chat, # where the title begins with none."""
    first = title.lstrip("+ ")[:1]
    return first.upper() if first.isalpha() else "#"
