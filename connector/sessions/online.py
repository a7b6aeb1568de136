"""Keeps a linked device connected, and its commands and events flowing."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass

from connector.sessions import command_outcomes, refusals
from connector.sessions.activity import Activity, SessionContext, SessionEvent, Wake
from connector.sessions.address_book import AddressBook
from connector.sessions.block_list import BlockList
from connector.sessions.client_run import ClientEnded, ClientRunEvent
from connector.sessions.goal import Goal
from connector.sessions.loss_audit import LossAudit
from connector.sessions.owned_session import Snapshot, Status, first_status
from connector.sessions.presence_keeper import PresenceKeeper
from connector.sessions.reconnector import Reconnector
from connector.sessions.refusals import UNREADABLE, Refusal, refusal_of
from connector.sessions.sender import Sender
from connector.sessions.subscriptions import subscriptions_of
from connector.whatsapp.connection import (
    Connected,
    ConnectionEvent,
    DeviceReady,
    Disconnected,
    KeepAliveTimeout,
    LoggedOut,
    OfflineSyncCompleted,
    StreamReplaced,
)
from connector.whatsapp.errors import (
    CannotReachWhatsApp,
    ClientGone,
    DeviceMissing,
    EventUnreadable,
    StoreUnavailable,
    WhatsAppError,
)
from connector.whatsapp.jids import without_device
from connector.whatsapp.presence_events import PRESENCE_KINDS
from gateway.domain.commands import CommandError
from gateway.domain.presence import PresenceSetting
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


@dataclass(frozen=True, slots=True)
class _Restart:
    """Replace the run after `pause` seconds, by default longer after each failure."""

    pause: float | None = None


class Online(Activity):
    """Replaces runs that fail, after a long pause where WhatsApp refuses them, until only the user can mend it."""

    def __init__(self, context: SessionContext, session: Session) -> None:
        self._context = context
        self._owned_session = context.owned_session
        self._settings = context.resources.settings
        self._reconnector = Reconnector(context, Goal.ONLINE)
        self._loss_audit = LossAudit(context)
        self._address_book = AddressBook(context)
        self._block_list = BlockList(context.owned_session)
        self._sender: Sender | None = None
        self._status = first_status(session)
        self._terminal: _TerminalStatus | None = None
        self._refusal: Refusal | None = None
        self._retry_at: float | None = None
        self._restart: _Restart | None = None
        self._device: DeviceReady | None = None
        self._lost_at: float | None = None
        self._is_deaf = False
        self._conflicts: deque[float] = deque(maxlen=CONFLICTS)

    @property
    def due(self) -> float | None:
        if self._retry_at is not None:
            return self._retry_at
        if self._lost_at is not None:
            return self._lost_at + self._settings.reconnect_max_seconds
        run = self._reconnector.client_run
        if run is None or not run.connected:
            return self._reconnector.due
        return min(filter(None, (self._loss_audit.due, self._address_book.due)), default=None)

    @property
    def is_overdue(self) -> bool:
        run = self._reconnector.client_run
        return self._is_stuck() or (run is not None and self._loss_audit.is_behind(run))

    @property
    def takes_commands(self) -> bool:
        return self._sender is not None

    def handle(self, event: SessionEvent) -> None:
        if not isinstance(event, ClientRunEvent) or not self._reconnector.is_current(event):
            return
        if isinstance(event.event, ClientEnded):
            self._handle_end(event.event.error)
        else:
            self._handle_connection(event.event)

    def advance(self, snapshot: Snapshot) -> None:
        if self._terminal is not None:
            return self._end_with(self._terminal, snapshot.session)
        if self._refusal is not None:
            return self._pause(self._refusal)
        self._retry_at = refusals.due_of(snapshot.session)
        if self._retry_at is not None:
            return
        if snapshot.session.state is SessionState.DISCONNECTED and self._status is None:
            self._status = Status(SessionState.CONNECTING)
        self._write_status()
        self._write_lid(snapshot.session)
        if self._restart is None:
            self._restart = self._needs_restart(snapshot.session)
        if self._restart is not None:
            self._drop_run(self._restart)
        if self._reconnector.may_open:
            self._open(snapshot.session)
        elif (run := self._reconnector.client_run) is not None:
            self._loss_audit.advance(run)
            self._address_book.advance(run, snapshot.session)
            self._block_list.advance(run)

    def wake(self) -> None:
        if (sender := self._sender) is not None:
            sender.wake()

    def suspend(self) -> None:
        self._reconnector.suspend()

    def end(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        if self._sender is not None:
            self._sender.stop(timeout)
        self._sender = None
        self._reconnector.close(max(deadline - time.monotonic(), self._settings.close_seconds))

    def abandon(self) -> None:
        self._reconnector.close_socket()

    # what happens to the connection

    def _handle_connection(self, event: ConnectionEvent) -> None:
        self._block_list.hear(event)
        match event:
            case Connected():
                self._lost_at = None
                self._reconnector.reset_backoff()
                self._status = Status(SessionState.CONNECTED)
                self.wake()
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
                self._count_conflict()
            case LoggedOut():
                self._terminal = _LOGGED_OUT
            case _:
                self._refusal = refusal_of(event) or self._refusal

    def _handle_end(self, error: WhatsAppError | None) -> None:
        """Restart after the client ended by itself: it never connected, or it cannot go on."""
        log.warning("a client ended", extra={"error": type(error).__name__})
        if isinstance(error, EventUnreadable) and error.kind in (*UNREADABLE, "LoggedOut"):
            # neonize ends a client over a code it does not know; the kind of the event says enough.
            self._refusal = UNREADABLE.get(error.kind)
            self._terminal = _LOGGED_OUT if self._refusal is None else self._terminal
            return
        # Somebody's typing in a way that the library does not know is not to end one connection after the other.
        self._is_deaf = self._is_deaf or (isinstance(error, EventUnreadable) and error.kind in PRESENCE_KINDS)
        self._block_list.outlive(error)
        unreachable = isinstance(error, CannotReachWhatsApp)
        reason = Reason.CANNOT_REACH_WHATSAPP if unreachable else Reason.CONNECTION_LOST
        self._status = Status(SessionState.CONNECTING, reason)
        self._restart = _Restart(0.0 if isinstance(error, EventUnreadable) else None)

    def _count_conflict(self) -> None:
        """Restart, unless another socket has taken the device too often."""
        measure(Metric.STREAMS_REPLACED)
        now = time.monotonic()
        self._conflicts.append(now)
        if len(self._conflicts) == CONFLICTS and now - self._conflicts[0] < CONFLICTS_WITHIN_SECONDS:
            self._terminal = _TerminalStatus(Status(SessionState.DISCONNECTED, Reason.STREAM_REPLACED))
            return
        self._status = Status(SessionState.CONNECTING, Reason.STREAM_REPLACED)
        self._restart = _Restart(self._settings.replaced_pause_seconds)

    # what follows

    def _open(self, session: Session) -> None:
        self._loss_audit.begin(session)
        try:
            run = self._reconnector.open(session.device_jid or "", subscriptions_of(session, is_deaf=self._is_deaf))
        except DeviceMissing:
            self._terminal = _LOGGED_OUT
            return self._end_with(self._terminal, session)
        except StoreUnavailable as error:
            log.warning("not connecting", extra={"cause": str(error)})
            return None
        except ClientGone:
            return log.info("not connecting: the start was cancelled")
        log.info("connecting")
        if run.subscriptions.presence is not PresenceSetting.OFF:
            PresenceKeeper(self._owned_session, run).start()
        self._sender = Sender(self._context.resources, self._owned_session, run)
        return self._sender.start()

    def _write_status(self) -> None:
        if self._status is None:
            return
        self._owned_session.write_status(self._status)
        log.info("state", extra={"state": self._status.state, "reason": self._status.reason})
        self._status = None

    def _write_lid(self, session: Session) -> None:
        """Complete a device that was found by pairing recovery, which does not know its LID."""
        device, self._device = self._device, None
        if device is None or device.lid is None or session.lid is not None or session.device_jid != device.jid:
            return
        with self._owned_session.fence() as fence:
            number = device.phone_number or session.phone_number or ""
            fence.link(device.jid, number, without_device(device.lid))

    def _needs_restart(self, session: Session) -> _Restart | None:
        if self._is_stuck():
            return _Restart()
        run = self._reconnector.client_run
        wanted = subscriptions_of(session, is_deaf=self._is_deaf)
        is_other = run is not None and run.subscriptions.presence is not wanted.presence
        return _Restart(0.0) if is_other else None

    def _is_stuck(self) -> bool:
        """Return whether to restart: whatsmeow's pauses, and its wait for the ack of a repeated send, have no end."""
        lost_at = self._lost_at
        if lost_at is not None and time.monotonic() - lost_at >= self._settings.reconnect_max_seconds:
            return True
        sender = self._sender
        return sender is not None and sender.busy_seconds > self._settings.send_limit_seconds

    def _end_with(self, terminal: _TerminalStatus, session: Session) -> None:
        self.end(self._settings.close_seconds)
        if terminal.unlinked and session.device_jid:
            # whatsmeow has deleted the device, but what it saves at that moment brings the row back (measured).
            self._context.resources.credentials.erase(session.device_jid)
        status = terminal.status
        with self._owned_session.fence() as fence:
            if terminal.unlinked:
                command_outcomes.end_unfinished(fence, CommandError.LOGGED_OUT)
                fence.unlink()
            fence.move(status.state, status.reason, detail=status.detail, expires_at=status.expires_at)
            fence.give_up_connection()
        if terminal.unlinked:
            measure(Metric.SESSIONS_UNLINKED)
        log.info("state", extra={"state": status.state, "reason": status.reason})
        self._terminal = self._status = None

    def _pause(self, refusal: Refusal) -> None:
        self.end(self._settings.close_seconds)
        refusals.write(self._owned_session, self._settings, refusal)
        self._refusal = self._status = self._restart = self._lost_at = None
        self._context.send(Wake())

    def _drop_run(self, restart: _Restart) -> None:
        """Close the socket first: what the sender is calling returns then."""
        self._reconnector.drop(restart.pause)
        if self._sender is not None:
            self._sender.stop(self._settings.close_seconds)
        self._sender = self._restart = self._lost_at = None
