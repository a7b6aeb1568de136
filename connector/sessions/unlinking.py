"""Unlinks a device: at WhatsApp if it can be reached in time, else only here."""

from __future__ import annotations

import logging
import threading
import time

from connector.sessions import command_outcomes
from connector.sessions.activity import LogoutResult, SessionContext, SessionEvent, Wake
from connector.sessions.client_run import ClientEnded, ClientRun, ClientRunEvent
from connector.sessions.owned_session import Snapshot
from connector.sessions.reconnector import Reconnector
from connector.whatsapp.connection import LoggedOut
from connector.whatsapp.errors import DeviceMissing, StoreUnavailable, WhatsAppError
from gateway.domain.commands import CommandError, CommandStatus
from gateway.domain.errors import LeaseLost
from gateway.domain.sessions import Reason, SessionState
from gateway.store import commands
from gateway.store.commands import Command
from gateway.store.sessions import Session

log = logging.getLogger(__name__)


class Unlinking:
    def __init__(self, desk: SessionContext) -> None:
        self._desk = desk
        self._settings = desk.resources.settings
        self._line = Reconnector(desk)
        self._deadline = time.monotonic() + self._settings.logout_offline_seconds
        self._asking = False
        self._settled = False
        self._unlinked: Reason | None = None
        self.done = False

    @property
    def due(self) -> float | None:
        return min(self._deadline, self._line.due or self._deadline)

    def handle(self, note: SessionEvent) -> None:
        match note:
            case ClientRunEvent(link, LoggedOut()) if link is self._line.link:
                self._unlinked = Reason.LOGGED_OUT
            case ClientRunEvent(link, ClientEnded()) if link is self._line.link:
                self._line.drop()
            case LogoutResult(confirmed):
                self._asking = False
                self._unlinked = Reason.LOGGED_OUT if confirmed else self._unlinked
            case _:
                pass

    def advance(self, look: Snapshot) -> None:
        session = look.session
        if look.logout is not None and look.logout.device_jid != session.device_jid and session.is_active:
            return self._forget(look.logout)
        if session.device_jid is None:
            self._unlinked = self._unlinked or Reason.LOGGED_OUT
        if self._unlinked is None:
            self._pursue(session, session.device_jid or "")
        if self._unlinked is not None:
            self._conclude(session, self._unlinked)

    def wake(self) -> None:
        pass

    def suspend(self) -> None:
        self._line.suspend()

    def end(self, patience: float) -> None:
        self._line.close(patience)

    def abandon(self) -> None:
        self._line.hang_up()

    def _forget(self, logout: Command) -> None:
        """It was meant for a device that is gone."""
        with self._desk.record.fence() as fence:
            commands.finish(fence, logout.id, CommandStatus.DONE)
        self._desk.post(Wake())

    def _pursue(self, session: Session, device_jid: str) -> None:
        """Towards an answer of WhatsApp."""
        if not self._settled:
            self._settle(device_jid)
        link = self._line.link
        if time.monotonic() >= self._deadline:
            self._erase(device_jid)
        elif self._line.may_open:
            self._open(device_jid)
        elif link is not None and link.connected and not self._asking:
            self._asking = True
            threading.Thread(target=self._ask, args=(link,), name=f"logout-{session.id}", daemon=True).start()

    def _settle(self, device_jid: str) -> None:
        """With the device goes what whatsmeow knows of sends that were under way."""
        resources, record = self._desk.resources, self._desk.record
        with record.fence() as fence:
            begun = command_outcomes.begun(fence, device_jid)
        for command, secret in begun:
            command_outcomes.resolve_in_doubt(record, resources.credentials, command, secret)
        self._settled = True

    def _open(self, device_jid: str) -> None:
        try:
            self._line.open(device_jid)
        except DeviceMissing:
            self._unlinked = Reason.LOGGED_OUT
        except StoreUnavailable:
            log.warning("whatsmeow's store is not available", extra=self._ids)

    def _ask(self, link: ClientRun) -> None:
        """In a thread of its own: WhatsApp may take 75 s to answer."""
        try:
            self._desk.record.require()
            link.client.logout()
        except (WhatsAppError, LeaseLost) as error:
            log.warning("unlinking was not confirmed", extra={**self._ids, "error": type(error).__name__})
            self._desk.post(LogoutResult(confirmed=False))
        else:
            self._desk.post(LogoutResult(confirmed=True))

    def _erase(self, device_jid: str) -> None:
        """WhatsApp could not be told; the phone still lists the device."""
        if not self._line.close(self._settings.close_seconds):
            return
        self._desk.resources.credentials.erase(device_jid)
        self._unlinked = Reason.LOGGED_OUT_LOCALLY

    def _conclude(self, session: Session, reason: Reason) -> None:
        """The wish for a connection stays as it is: a connect after the logout has renewed it."""
        self._line.close(self._settings.close_seconds)
        if session.device_jid:
            # whatsmeow has deleted the device, but what it saves at that moment brings the row back (measured).
            self._desk.resources.credentials.erase(session.device_jid)
        error = CommandError.LOGGED_OUT if session.is_active else CommandError.SESSION_DELETED
        with self._desk.record.fence() as fence:
            command_outcomes.end_all(fence, error)
            fence.unlink()
            fence.move(SessionState.LOGGED_OUT, reason)
        log.info("unlinked", extra={**self._ids, "reason": reason})
        self.done = True
        self._desk.post(Wake())

    @property
    def _ids(self) -> dict[str, str]:
        return {"session_id": str(self._desk.record.session_id)}
