"""Keeps a linked device connected, and its commands and events flowing."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from connector.sessions import command_outcomes
from connector.sessions.activity import SessionContext, SessionEvent
from connector.sessions.client_run import ClientEnded, ClientRunEvent
from connector.sessions.loss_audit import LossAudit
from connector.sessions.owned_session import Snapshot, Status
from connector.sessions.reconnector import Reconnector
from connector.sessions.sender import Sender
from connector.whatsapp.connection import (
    ClientOutdated,
    Connected,
    ConnectFailure,
    ConnectionEvent,
    DeviceReady,
    Disconnected,
    KeepAliveTimeout,
    LoggedOut,
    OfflineSyncCompleted,
    StreamReplaced,
    TemporaryBan,
)
from connector.whatsapp.errors import (
    CannotReachWhatsApp,
    DeviceMissing,
    EventUnreadable,
    StoreUnavailable,
    WhatsAppError,
)
from connector.whatsapp.jids import without_device
from gateway.domain.commands import CommandError
from gateway.domain.sessions import Reason, SessionState
from gateway.metrics import Metric, measure
from gateway.store.sessions import Session

log = logging.getLogger(__name__)

CONFLICTS = 3
CONFLICTS_WITHIN_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class _TerminalStatus:
    """An end that only the user can mend."""

    status: Status
    unlinked: bool = False


_LOGGED_OUT = _TerminalStatus(Status(SessionState.LOGGED_OUT, Reason.LOGGED_OUT_ON_PHONE), unlinked=True)
# neonize ends a client over a code it does not know; the kind of the event says enough.
_UNREADABLE_ENDS = {
    "TemporaryBan": _TerminalStatus(Status(SessionState.DISCONNECTED, Reason.TEMPORARY_BAN)),
    "ConnectFailure": _TerminalStatus(Status(SessionState.DISCONNECTED, Reason.CONNECT_FAILURE)),
    "LoggedOut": _LOGGED_OUT,
}


_ALARMING = {
    Reason.TEMPORARY_BAN: Metric.TEMPORARY_BANS,
    Reason.CLIENT_OUTDATED: Metric.CLIENTS_OUTDATED,
}


@dataclass(frozen=True, slots=True)
class _Restart:
    """The link is of no use; another one is tried after `pause` seconds, by default longer after each failure."""

    pause: float | None = None


class Online:
    done = False

    def __init__(self, desk: SessionContext, session: Session) -> None:
        self._desk = desk
        self._settings = desk.resources.settings
        self._line = Reconnector(desk)
        self._losses = LossAudit(desk)
        self._sender: Sender | None = None
        self._status = _first_status(session)
        self._farewell: _TerminalStatus | None = None
        self._restart: _Restart | None = None
        self._device: DeviceReady | None = None
        self._lost_at: float | None = None
        self._conflicts: deque[float] = deque(maxlen=CONFLICTS)

    @property
    def due(self) -> float | None:
        if self._lost_at is not None:
            return self._lost_at + self._settings.reconnect_max_seconds
        link = self._line.link
        return self._losses.due if link is not None and link.connected else self._line.due

    def handle(self, note: SessionEvent) -> None:
        if not isinstance(note, ClientRunEvent) or not self._line.is_current(note):
            return
        if isinstance(note.event, ClientEnded):
            self._lose(note.event.error)
        else:
            self._notice(note.event)

    def advance(self, look: Snapshot) -> None:
        if self._farewell is not None:
            return self._say(self._farewell, look.session)
        self._publish()
        self._learn(look.session)
        if self._restart is None and self._is_stuck():
            self._restart = _Restart()
        if self._restart is not None:
            self._hang_up(self._restart)
        if self._line.may_open:
            self._open(look.session)
        elif self._line.link is not None:
            self._losses.advance(self._line.link)

    def wake(self) -> None:
        if (sender := self._sender) is not None:
            sender.wake()

    def suspend(self) -> None:
        self._line.suspend()

    def end(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        if self._sender is not None:
            self._sender.stop(patience)
        self._sender = None
        self._line.close(max(deadline - time.monotonic(), self._settings.close_seconds))

    def abandon(self) -> None:
        self._line.hang_up()

    # what happens to the connection

    def _notice(self, event: ConnectionEvent) -> None:
        match event:
            case Connected():
                self._lost_at = None
                self._line.succeed()
                self._status = Status(SessionState.CONNECTED)
            case OfflineSyncCompleted():
                self.wake()
            case DeviceReady():
                self._device = event
            case Disconnected():
                measure(Metric.CONNECTIONS_LOST)
                self._lost_at = time.monotonic()
                self._status = Status(SessionState.CONNECTING, Reason.CONNECTION_LOST)
            case KeepAliveTimeout():
                measure(Metric.CONNECTIONS_LOST)
                self._status = Status(SessionState.CONNECTING, Reason.CONNECTION_LOST)
                self._restart = _Restart(pause=0.0)
            case StreamReplaced():
                self._note_conflict()
            case _:
                self._farewell = _terminal_status(event) or self._farewell

    def _lose(self, error: WhatsAppError | None) -> None:
        """The client ended by itself: it never connected, or it cannot go on."""
        log.warning("a client ended", extra={**self._ids, "error": type(error).__name__})
        if isinstance(error, EventUnreadable) and error.kind in _UNREADABLE_ENDS:
            self._farewell = _UNREADABLE_ENDS[error.kind]
            return
        unreachable = isinstance(error, CannotReachWhatsApp)
        reason = Reason.CANNOT_REACH_WHATSAPP if unreachable else Reason.CONNECTION_LOST
        self._status = Status(SessionState.CONNECTING, reason)
        self._restart = _Restart(0.0 if isinstance(error, EventUnreadable) else None)

    def _note_conflict(self) -> None:
        measure(Metric.STREAMS_REPLACED)
        now = time.monotonic()
        self._conflicts.append(now)
        if len(self._conflicts) == CONFLICTS and now - self._conflicts[0] < CONFLICTS_WITHIN_SECONDS:
            self._farewell = _TerminalStatus(Status(SessionState.DISCONNECTED, Reason.STREAM_REPLACED))
            return
        self._status = Status(SessionState.CONNECTING, Reason.STREAM_REPLACED)
        self._restart = _Restart(self._settings.replaced_pause_seconds)

    # what follows

    def _open(self, session: Session) -> None:
        self._losses.begin(session)
        try:
            link = self._line.open(session.device_jid or "")
        except DeviceMissing:
            self._farewell = _LOGGED_OUT
            return self._say(self._farewell, session)
        except StoreUnavailable:
            log.warning("whatsmeow's store is not available", extra=self._ids)
            return None
        log.info("connecting", extra=self._ids)
        self._sender = Sender(self._desk.resources, self._desk.record, link)
        return self._sender.start()

    def _publish(self) -> None:
        if self._status is None:
            return
        self._desk.record.publish(self._status)
        log.info("state", extra={**self._ids, "state": self._status.state, "reason": self._status.reason})
        self._status = None

    def _learn(self, session: Session) -> None:
        """An adopted device did not say its LID."""
        device, self._device = self._device, None
        if device is None or device.lid is None or session.lid is not None or session.device_jid != device.jid:
            return
        with self._desk.record.fence() as fence:
            number = device.phone_number or session.phone_number or ""
            fence.link(device.jid, number, without_device(device.lid))

    def _is_stuck(self) -> bool:
        """whatsmeow's pauses grow without end, and a repeated send waits for its ack without end."""
        if self._lost_at is not None and time.monotonic() - self._lost_at >= self._settings.reconnect_max_seconds:
            return True
        return self._sender is not None and self._sender.busy_seconds > self._settings.send_limit_seconds

    def _say(self, farewell: _TerminalStatus, session: Session) -> None:
        self.end(self._settings.close_seconds)
        if farewell.unlinked and session.device_jid:
            # whatsmeow has deleted the device, but what it saves at that moment brings the row back (measured).
            self._desk.resources.credentials.erase(session.device_jid)
        status = farewell.status
        if status.reason in _ALARMING:
            measure(_ALARMING[status.reason])
        with self._desk.record.fence() as fence:
            if farewell.unlinked:
                command_outcomes.end_all(fence, CommandError.LOGGED_OUT)
                fence.unlink()
            fence.move(status.state, status.reason, detail=status.detail, expires_at=status.expires_at)
            fence.settle()
        log.info("state", extra={**self._ids, "state": status.state, "reason": status.reason})
        self._farewell = self._status = None

    def _hang_up(self, restart: _Restart) -> None:
        """What the sender is calling returns when its link hangs up."""
        self._line.drop(restart.pause)
        if self._sender is not None:
            self._sender.stop(self._settings.close_seconds)
        self._sender = self._restart = self._lost_at = None

    @property
    def _ids(self) -> dict[str, str]:
        return {"session_id": str(self._desk.record.session_id)}


def _first_status(session: Session) -> Status | None:
    """Whoever ran it before, it is not connected now."""
    match session.state:
        case SessionState.CONNECTED:
            return Status(SessionState.CONNECTING, Reason.CONNECTION_LOST)
        case SessionState.DISCONNECTED | SessionState.LOGGED_OUT:
            return Status(SessionState.CONNECTING)
        case _:
            return None


def _terminal_status(event: ConnectionEvent) -> _TerminalStatus | None:
    match event:
        case LoggedOut():
            return _LOGGED_OUT
        case TemporaryBan(_, expires_in):
            until = datetime.now(UTC) + expires_in
            return _TerminalStatus(Status(SessionState.DISCONNECTED, Reason.TEMPORARY_BAN, None, until))
        case ClientOutdated():
            return _TerminalStatus(Status(SessionState.DISCONNECTED, Reason.CLIENT_OUTDATED))
        case ConnectFailure():
            return _TerminalStatus(Status(SessionState.DISCONNECTED, Reason.CONNECT_FAILURE))
        case _:
            return None
