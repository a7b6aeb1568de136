"""Finds the device of a pairing whose process died before it could report it."""

from __future__ import annotations

import logging

from connector.sessions.activity import SessionContext
from connector.whatsapp.jids import phone_number_of
from gateway.store.sessions import Session

log = logging.getLogger(__name__)


def is_due(session: Session) -> bool:
    """Return whether a code was shown whose outcome is not known."""
    return session.device_jid is None and session.pairing_key is not None


def recover(context: SessionContext, session: Session) -> None:
    """Link the device if the phone has linked it, or else forget the code. No pairing process may run meanwhile."""
    key = session.pairing_key or b""
    device_jid = context.resources.credentials.device_paired_by(key)
    with context.owned_session.fence() as fence:
        if not is_due(fence.session) or fence.session.pairing_key != key:
            return
        if device_jid is None:
            return fence.forget_pairing_key()
        fence.link(device_jid, phone_number_of(device_jid) or "", None)
    log.info("linked the device of a pairing that was not reported")
