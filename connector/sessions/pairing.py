"""Links a device: shows codes until one is scanned, through a disposable process for each set of codes."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta
from uuid import UUID

from connector.sessions import refusals
from connector.sessions.activity import Activity, PairingProgress, SessionContext, SessionEvent, Wake
from connector.sessions.owned_session import Snapshot, Status, status_of
from connector.sessions.refusals import Refusal
from connector.whatsapp.jids import without_device
from connector.whatsapp.pairing_process import Paired, PairingCode, PairingFailed, PairingProcess, QrCode
from gateway.backoff import Backoff
from gateway.correlation import about_session
from gateway.domain.history import HistoryScope, HistoryWish
from gateway.domain.sessions import Reason, SessionState
from gateway.store.fence import Fence
from gateway.store.sessions import Session

log = logging.getLogger(__name__)

# What only the user can mend; everything else is tried again.
_FINAL = {
    "pairing_refused": Reason.PAIRING_REFUSED,
    "passkey_required": Reason.PAIRING_REFUSED,
}
_OUTDATED = Refusal(Reason.CLIENT_OUTDATED)
# Until the place in the queue is read again; whoever gets a place to link is told at once.
POSITION_SECONDS = 10.0
_TRANSIENT = {"cannot_reach_whatsapp": Reason.CANNOT_REACH_WHATSAPP}

# For which phone a code is, and the history it is asked for.
_Asked = tuple[str | None, HistoryWish]


def _asked(session: Session) -> _Asked:
    return session.pairing_phone, HistoryWish(HistoryScope(session.history), session.history_days)


class Pairing(Activity):
    """One pairing process at a time, once the worker's limit allows one more."""

    def __init__(self, context: SessionContext) -> None:
        settings = context.resources.settings
        self._context = context
        self._owned_session = context.owned_session
        self._limiter = context.resources.pairing_limiter
        self._process: PairingProcess | None = None
        self._asked: _Asked | None = None
        self._code: tuple[QrCode | PairingCode, float] | None = None
        self._outcome: Paired | PairingFailed | None = None
        self._backoff = Backoff(settings.reconnect_base_seconds, settings.reconnect_max_seconds)
        self._not_before = 0.0
        self._retry_at: float | None = None
        self._position = 0
        self._shown_at: datetime | None = None
        self._unread_at: float | None = None

    @property
    def due(self) -> float | None:
        if self._process is not None:
            return self._unread_at
        if self._retry_at is not None:
            return self._retry_at
        return time.monotonic() + POSITION_SECONDS if self._position else self._not_before

    @property
    def is_pairing(self) -> bool:
        return self._process is not None

    def handle(self, event: SessionEvent) -> None:
        if not isinstance(event, PairingProgress) or event.process is not self._process:
            return
        match event.event:
            case QrCode() | PairingCode():
                self._code = (event.event, time.monotonic())
            case Paired() | PairingFailed():
                self._outcome = event.event

    def advance(self, snapshot: Snapshot) -> None:
        session = snapshot.session
        self._retry_at = refusals.due_of(session)
        if self._outcome is not None:
            self._finish(self._outcome)
        elif self._process is not None and _asked(snapshot.session) != self._asked:
            # A code for another phone, one to type in place of a QR code, or other history: the next process shows it.
            self._end_process()
        elif self._code is not None:
            self._show_code(*self._code)
            self._set_unread(session)
        elif self._process is not None:
            self._end_if_unread(session)
        elif self._retry_at is None and (self._position or time.monotonic() >= self._not_before):
            self._start_process(session)

    def end(self, timeout: float) -> None:
        self._end_process()

    def abandon(self) -> None:
        if (process := self._process) is not None:
            process.kill()
        self._limiter.release(self._session_id)

    @property
    def _session_id(self) -> UUID:
        return self._owned_session.session_id

    def _start_process(self, session: Session) -> None:
        """Start one if there is a place; a code that an earlier process showed is not valid any more."""
        user = session.user_profile_id
        self._position = self._limiter.acquire(self._session_id, user, lambda: self._context.send(Wake()))
        if self._position:
            return self._show_position(session)
        if session.state is not SessionState.CONNECTING or session.reason == Reason.WAITING_TO_LINK:
            self._owned_session.write_status(Status(SessionState.CONNECTING))
        resources = self._context.resources
        name = resources.settings.device_name
        self._asked = phone, history = _asked(session)
        process = PairingProcess(resources.credentials.dsn, name, phone, resources.spare_child.take(), history)
        self._process = process
        name = f"pairing-{self._session_id}"
        threading.Thread(target=self._forward_events, args=(process,), name=name, daemon=True).start()

    def _show_position(self, session: Session) -> None:
        status = Status(SessionState.CONNECTING, Reason.WAITING_TO_LINK)
        if status_of(session) == status and session.link_position == self._position:
            return
        with self._owned_session.fence() as fence:
            if status_of(fence.session) != status:
                fence.move(status.state, status.reason)
            fence.show_link_position(self._position)

    def _is_read(self, session: Session) -> bool:
        """Return whether somebody has asked for the status lately, or may yet do it for the first time."""
        return self._left_unread(session) > 0

    def _left_unread(self, session: Session) -> float:
        """Return the seconds until the codes count as shown to nobody."""
        shown_at = self._shown_at or session.as_of
        unread = (session.as_of - max(session.status_read_at or shown_at, shown_at)).total_seconds()
        return self._context.resources.settings.pairing_unread_seconds - unread

    def _set_unread(self, session: Session) -> None:
        """Set when to look whether the QR code is read; a pairing code need be read only once."""
        is_watched = self._shown_at is not None and session.pairing_phone is None
        self._unread_at = time.monotonic() + self._left_unread(session) if is_watched else None

    def _end_if_unread(self, session: Session) -> None:
        """Leave the place to others when nobody has asked for the QR code for long."""
        self._set_unread(session)
        if self._unread_at is None or self._is_read(session):
            return
        log.info("pairing ended: nobody reads its codes")
        with self._owned_session.fence() as fence:
            fence.move(SessionState.DISCONNECTED, Reason.QR_TIMEOUT)
            fence.give_up_connection()
        self._end_process()
        self._context.send(Wake())

    def _forward_events(self, process: PairingProcess) -> None:
        with about_session(self._session_id), process:
            for event in process.events():
                self._context.send(PairingProgress(process, event))

    def _show_code(self, code: QrCode | PairingCode, since: float) -> None:
        """Show a code that is valid since a moment on time.monotonic()."""
        with self._owned_session.fence() as fence:
            valid_since = fence.session.as_of - timedelta(seconds=time.monotonic() - since)
            if fence.session.state is not SessionState.QR_PENDING:
                fence.move(SessionState.QR_PENDING)
            if isinstance(code, QrCode):
                fence.show_qr(code.text, valid_since + code.time_to_live, code.noise_public_key)
            else:
                fence.show_pairing_code(code.code, valid_since + code.time_to_live, code.noise_public_key)
        self._code = None
        self._shown_at = self._shown_at or valid_since
        self._backoff.reset()
        # Not before this one shows its code: loading takes the processor that the code needs.
        self._context.resources.spare_child.prepare()

    def _finish(self, outcome: Paired | PairingFailed) -> None:
        if isinstance(outcome, Paired):
            lid = without_device(outcome.lid) if outcome.lid else None
            with self._owned_session.fence() as fence:
                fence.link(outcome.jid, outcome.phone_number or "", lid)
            log.info("a device was linked")
        else:
            self._write_failure(outcome)
        self._end_process()
        self._context.send(Wake())

    def _write_failure(self, failure: PairingFailed) -> None:
        log.info("pairing ended without a device", extra={"reason": failure.reason})
        if failure.reason == "client_outdated":
            return refusals.write(self._owned_session, self._context.resources.settings, _OUTDATED)
        with self._owned_session.fence() as fence:
            if failure.reason == "qr_timeout":
                self._allow_another_set(fence)
            elif failure.reason in _FINAL:
                fence.move(SessionState.DISCONNECTED, _FINAL[failure.reason])
                fence.give_up_connection()
            else:
                fence.move(SessionState.CONNECTING, _TRANSIENT.get(failure.reason))
                self._not_before = time.monotonic() + self._backoff.next()

    def _allow_another_set(self, fence: Fence) -> None:
        """Go on with another set of codes, unless there were enough, or nobody reads them."""
        if fence.count_qr_set() < self._context.resources.settings.qr_sets and self._is_read(fence.session):
            fence.move(SessionState.CONNECTING)
        else:
            fence.move(SessionState.DISCONNECTED, Reason.QR_TIMEOUT)
            fence.give_up_connection()

    def _end_process(self) -> None:
        """End the process; a device that was linked just before is found by the key of its code."""
        if self._process is not None:
            self._process.kill()
            self._process.reap()
        self._process = self._code = self._outcome = self._shown_at = self._unread_at = None
        self._position = 0
        self._limiter.release(self._session_id)
