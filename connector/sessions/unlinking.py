"""Unlinks a device: at WhatsApp if it can be reached in time, else only here."""

from __future__ import annotations

import logging
import threading
import time

from connector.sessions import command_outcomes
from connector.sessions.activity import Activity, LogoutResult, SessionContext, SessionEvent, Wake
from connector.sessions.client_run import ClientEnded, ClientRun, ClientRunEvent
from connector.sessions.goal import Goal
from connector.sessions.owned_session import Snapshot
from connector.sessions.reconnector import Reconnector
from connector.whatsapp.connection import LoggedOut
from connector.whatsapp.errors import ClientGone, DeviceMissing, StoreUnavailable, WhatsAppError
from gateway.correlation import about_session
from gateway.domain.commands import CommandError, CommandStatus
from gateway.domain.errors import LeaseLost
from gateway.domain.sessions import Reason, SessionState
from gateway.store import commands
from gateway.store.commands import Command
from gateway.store.sessions import Session

log = logging.getLogger(__name__)


class Unlinking(Activity):
    """Connects to unlink; after `logout_offline_seconds` without success it erases the device here."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._owned_session = context.owned_session
        self._settings = context.resources.settings
        self._reconnector = Reconnector(context, Goal.UNLINK)
        self._deadline = time.monotonic() + self._settings.logout_offline_seconds
        self._is_requested = False
        self._has_resolved_sends = False
        self._unlinked: Reason | None = None

    @property
    def due(self) -> float | None:
        return min(self._deadline, self._reconnector.due or self._deadline)

    def handle(self, event: SessionEvent) -> None:
        match event:
            case ClientRunEvent(run, LoggedOut()) if run is self._reconnector.client_run:
                self._unlinked = Reason.LOGGED_OUT
            case ClientRunEvent(run, ClientEnded()) if run is self._reconnector.client_run:
                self._reconnector.drop()
            case LogoutResult(confirmed):
                self._is_requested = False
                self._unlinked = Reason.LOGGED_OUT if confirmed else self._unlinked
            case _:
                pass

    def advance(self, snapshot: Snapshot) -> None:
        session = snapshot.session
        if snapshot.logout is not None and snapshot.logout.device_jid != session.device_jid and session.is_active:
            return self._skip(snapshot.logout)
        if session.device_jid is None:
            self._unlinked = self._unlinked or Reason.LOGGED_OUT
        if self._unlinked is None:
            self._unlink(session.device_jid or "")
        if self._unlinked is not None:
            self._finish(session, self._unlinked)

    def suspend(self) -> None:
        self._reconnector.suspend()

    def end(self, timeout: float) -> None:
        self._reconnector.close(timeout)

    def abandon(self) -> None:
        self._reconnector.close_socket()

    def _skip(self, logout: Command) -> None:
        """End a logout that was meant for a device that is gone."""
        with self._owned_session.fence() as fence:
            commands.finish(fence, logout.id, CommandStatus.DONE)
        self._context.send(Wake())

    def _unlink(self, device_jid: str) -> None:
        """Take the next step towards a confirmation of WhatsApp; erase the device once there is no time left."""
        if not self._has_resolved_sends:
            self._resolve_sends(device_jid)
        run = self._reconnector.client_run
        if time.monotonic() >= self._deadline:
            self._erase(device_jid)
        elif self._reconnector.may_open:
            self._open(device_jid)
        elif run is not None and run.connected and not self._is_requested:
            self._is_requested = True
            name = f"logout-{self._owned_session.session_id}"
            threading.Thread(target=self._request_logout, args=(run,), name=name, daemon=True).start()

    def _resolve_sends(self, device_jid: str) -> None:
        """Decide the sends that were under way: with the device goes what whatsmeow knows of them."""
        with self._owned_session.fence() as fence:
            in_doubt = command_outcomes.find_in_doubt(fence, device_jid)
        credentials, limit = self._context.resources.credentials, self._settings.command_attempts
        for step in in_doubt:
            command_outcomes.resolve_by_secret(self._owned_session, credentials, step, limit)
        self._has_resolved_sends = True

    def _open(self, device_jid: str) -> None:
        try:
            self._reconnector.open(device_jid)
        except DeviceMissing:
            self._unlinked = Reason.LOGGED_OUT
        except StoreUnavailable:
            log.warning("whatsmeow's store is not available")
        except ClientGone:
            log.info("not connecting: the start was cancelled")

    def _request_logout(self, run: ClientRun) -> None:
        """In a thread of its own: WhatsApp may take 75 s to answer."""
        with about_session(self._owned_session.session_id):
            try:
                self._owned_session.require_lease()
                run.client.logout()
            except (WhatsAppError, LeaseLost) as error:
                log.warning("unlinking was not confirmed", extra={"error": type(error).__name__})
                self._context.send(LogoutResult(confirmed=False))
            else:
                self._context.send(LogoutResult(confirmed=True))

    def _erase(self, device_jid: str) -> None:
        """Erase the device here only: WhatsApp could not be told, and the phone still lists it."""
        if not self._reconnector.close(self._settings.close_seconds):
            return
        self._context.resources.credentials.erase(device_jid)
        self._unlinked = Reason.LOGGED_OUT_LOCALLY

    def _finish(self, session: Session, reason: Reason) -> None:
        """Write that it is unlinked; the wish for a connection stays, because a connect after the logout renewed it."""
        self._reconnector.close(self._settings.close_seconds)
        if session.device_jid:
            # whatsmeow has deleted the device, but what it saves at that moment brings the row back (measured).
            self._context.resources.credentials.erase(session.device_jid)
        error = CommandError.LOGGED_OUT if session.is_active else CommandError.SESSION_DELETED
        with self._owned_session.fence() as fence:
            command_outcomes.end_unfinished(fence, error)
            fence.unlink()
            fence.move(SessionState.LOGGED_OUT, reason)
        log.info("unlinked", extra={"reason": reason})
        self.done = True
        self._context.send(Wake())
