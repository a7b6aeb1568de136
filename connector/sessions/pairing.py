"""Links a device: shows codes until one is scanned, through a disposable process for each set of codes."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

from connector.backoff import Backoff
from connector.sessions.activity import PairingProgress, SessionContext, SessionEvent, Wake
from connector.sessions.owned_session import Snapshot, Status
from connector.whatsapp.jids import without_device
from connector.whatsapp.pairing_process import Paired, PairingCode, PairingFailed, PairingProcess, QrCode
from gateway.domain.sessions import Reason, SessionState
from gateway.store.fence import Fence

log = logging.getLogger(__name__)

# What only the user can mend; everything else is tried again.
_FINAL = {
    "pairing_refused": Reason.PAIRING_REFUSED,
    "passkey_required": Reason.PAIRING_REFUSED,
    "client_outdated": Reason.CLIENT_OUTDATED,
}
_PASSING = {"cannot_reach_whatsapp": Reason.CANNOT_REACH_WHATSAPP}


class Pairing:
    done = False

    def __init__(self, desk: SessionContext) -> None:
        settings = desk.resources.settings
        self._desk = desk
        self._process: PairingProcess | None = None
        self._code: tuple[QrCode | PairingCode, datetime] | None = None
        self._outcome: Paired | PairingFailed | None = None
        self._backoff = Backoff(settings.reconnect_base_seconds, settings.reconnect_max_seconds)
        self._not_before = 0.0
        self._in_line = False

    @property
    def due(self) -> float | None:
        return None if self._process or self._in_line else self._not_before

    @property
    def running(self) -> bool:
        """Whether a process may link a device at this moment."""
        return self._process is not None

    def handle(self, note: SessionEvent) -> None:
        if not isinstance(note, PairingProgress) or note.process is not self._process:
            return
        match note.event:
            case QrCode() | PairingCode():
                self._code = (note.event, datetime.now(UTC))
            case Paired() | PairingFailed():
                self._outcome = note.event

    def advance(self, look: Snapshot) -> None:
        if self._outcome is not None:
            self._conclude(self._outcome)
        elif self._code is not None:
            self._show(*self._code)
        elif self._process is None and (self._in_line or time.monotonic() >= self._not_before):
            self._begin(look)

    def wake(self) -> None:
        pass

    def suspend(self) -> None:
        pass

    def end(self, patience: float) -> None:
        self._leave()

    def abandon(self) -> None:
        if (process := self._process) is not None:
            process.kill()
        self._desk.resources.pairings.leave(self._session_id)

    @property
    def _session_id(self) -> UUID:
        return self._desk.record.session_id

    def _begin(self, look: Snapshot) -> None:
        """A code that an earlier process showed is worth nothing any more."""
        if look.session.state is not SessionState.CONNECTING:
            self._desk.record.publish(Status(SessionState.CONNECTING))
        resources = self._desk.resources
        self._in_line = not resources.pairings.enter(self._session_id, lambda: self._desk.post(Wake()))
        if self._in_line:
            return
        name = resources.settings.device_name
        process = PairingProcess(resources.credentials.dsn, name, look.session.pairing_phone)
        self._process = process
        threading.Thread(target=self._report, args=(process,), name=f"pairing-{self._session_id}", daemon=True).start()

    def _report(self, process: PairingProcess) -> None:
        with process:
            for event in process.events():
                self._desk.post(PairingProgress(process, event))

    def _show(self, code: QrCode | PairingCode, since: datetime) -> None:
        with self._desk.record.fence() as fence:
            if fence.session.state is not SessionState.QR_PENDING:
                fence.move(SessionState.QR_PENDING)
            if isinstance(code, QrCode):
                fence.show_qr(code.text, since + code.time_to_live, code.noise_public_key)
            else:
                fence.show_pairing_code(code.code, code.noise_public_key)
        self._code = None
        self._backoff.reset()

    def _conclude(self, outcome: Paired | PairingFailed) -> None:
        if isinstance(outcome, Paired):
            lid = without_device(outcome.lid) if outcome.lid else None
            with self._desk.record.fence() as fence:
                fence.link(outcome.jid, outcome.phone_number or "", lid)
            log.info("a device was linked", extra={"session_id": str(self._session_id)})
        else:
            self._fail(outcome)
        self._leave()
        self._desk.post(Wake())

    def _fail(self, failure: PairingFailed) -> None:
        extra = {"session_id": str(self._session_id), "reason": failure.reason}
        log.info("pairing ended without a device", extra=extra)
        with self._desk.record.fence() as fence:
            if failure.reason == "qr_timeout":
                self._renew(fence)
            elif failure.reason in _FINAL:
                fence.move(SessionState.DISCONNECTED, _FINAL[failure.reason])
                fence.give_up_connection()
            else:
                fence.move(SessionState.CONNECTING, _PASSING.get(failure.reason))
                self._not_before = time.monotonic() + self._backoff.next()

    def _renew(self, fence: Fence) -> None:
        """Another set of codes, unless there were enough."""
        if fence.count_qr_set() < self._desk.resources.settings.qr_sets:
            fence.move(SessionState.CONNECTING)
        else:
            fence.move(SessionState.DISCONNECTED, Reason.QR_TIMEOUT)
            fence.give_up_connection()

    def _leave(self) -> None:
        """A device that was linked just before the process ended is found by the key of its code."""
        if self._process is not None:
            self._process.kill()
            self._process.reap()
        self._process = self._code = self._outcome = None
        self._desk.resources.pairings.leave(self._session_id)
