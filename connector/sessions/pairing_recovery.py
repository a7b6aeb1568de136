"""Finds the device of a pairing whose process did not live to report it."""

from __future__ import annotations

import logging

from connector.sessions.activity import SessionContext
from connector.whatsapp.jids import phone_number_of
from gateway.store.sessions import Session

log = logging.getLogger(__name__)


def is_open(session: Session) -> bool:
    """Whether a code was shown and nothing is known of what became of it."""
    return session.device_jid is None and session.pairing_key is not None


def conclude(desk: SessionContext, session: Session) -> None:
    """Link the device if the phone has linked it; otherwise forget the code. No pairing process may run meanwhile."""
    key = session.pairing_key or b""
    device_jid = desk.resources.credentials.linked_by(key)
    with desk.record.fence() as fence:
        if not is_open(fence.session) or fence.session.pairing_key != key:
            return
        if device_jid is None:
            return fence.forget_pairing_key()
        fence.link(device_jid, phone_number_of(device_jid) or "", None)
    log.info("adopted a linked device", extra={"session_id": str(session.id)})
