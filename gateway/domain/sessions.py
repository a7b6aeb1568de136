"""The session state machine: states, the moves between them, and the reasons with their sentences for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SessionState(StrEnum):
    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    QR_PENDING = "qr_pending"
    CONNECTED = "connected"
    LOGGED_OUT = "logged_out"


class DesiredState(StrEnum):
    """What the user asked for; the owner of the session works towards it."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


_S = SessionState

# Every move there is, with its cause. The first nine are the product's. The others exist because a
# session can fail, be stopped or be unlinked before it is connected.
MOVES: dict[tuple[SessionState, SessionState], str] = {
    (_S.DISCONNECTED, _S.CONNECTING): "connect, or another try after WhatsApp refused a login",
    (_S.CONNECTING, _S.QR_PENDING): "QR generated",
    (_S.QR_PENDING, _S.CONNECTING): "QR expired",
    (_S.QR_PENDING, _S.CONNECTED): "scanned",
    (_S.CONNECTING, _S.CONNECTED): "credentials restored",
    (_S.CONNECTED, _S.CONNECTING): "connection lost",
    (_S.CONNECTED, _S.DISCONNECTED): "disconnect",
    (_S.CONNECTED, _S.LOGGED_OUT): "logout, or removed on the phone",
    (_S.LOGGED_OUT, _S.CONNECTING): "connect",
    (_S.CONNECTING, _S.LOGGED_OUT): "401 at login, or logout while reconnecting",
    (_S.CONNECTING, _S.DISCONNECTED): "disconnect, timeout, ban, outdated client, login or pairing refused",
    (_S.QR_PENDING, _S.DISCONNECTED): "disconnect while pairing, pairing refused",
    (_S.QR_PENDING, _S.LOGGED_OUT): "logout while pairing",
    (_S.DISCONNECTED, _S.LOGGED_OUT): "logout of a linked session that is not connected",
}


def sources(target: SessionState) -> list[SessionState]:
    """Return the states that `target` may follow; they are the condition of the UPDATE."""
    return [source for source, to in MOVES if to is target]


class Reason(StrEnum):
    """Why a session is in its state, where the state alone does not say it."""

    CONNECTION_LOST = "connection_lost"
    CANNOT_REACH_WHATSAPP = "cannot_reach_whatsapp"
    NO_OWNER = "no_owner"
    STREAM_REPLACED = "stream_replaced"
    WAITING_TO_LINK = "waiting_to_link"
    QR_TIMEOUT = "qr_timeout"
    PAIRING_REFUSED = "pairing_refused"
    LOGGED_OUT = "logged_out"
    LOGGED_OUT_LOCALLY = "logged_out_locally"
    LOGGED_OUT_ON_PHONE = "logged_out_on_phone"
    TEMPORARY_BAN = "temporary_ban"
    CLIENT_OUTDATED = "client_outdated"
    CONNECT_FAILURE = "connect_failure"


SENTENCES: dict[Reason, str] = {
    Reason.CONNECTION_LOST: "The connection to WhatsApp was lost; the gateway is reconnecting.",
    Reason.CANNOT_REACH_WHATSAPP: "The gateway cannot reach WhatsApp; it keeps trying.",
    Reason.NO_OWNER: "No connector is running this session right now; one will take it over.",
    Reason.STREAM_REPLACED: "Another client uses the same linked device. Connect again to take it back.",
    Reason.WAITING_TO_LINK: "Many numbers are being linked right now; a code comes in turn.",
    Reason.QR_TIMEOUT: "No QR code was scanned in time. Connect again for a new one.",
    Reason.PAIRING_REFUSED: "The phone and the gateway could not agree on the link. Connect again.",
    Reason.LOGGED_OUT: "The number was unlinked. Connect again to link one.",
    Reason.LOGGED_OUT_LOCALLY: "The link was erased here, but WhatsApp could not be told: remove the device "
    "on the phone under Linked devices.",
    Reason.LOGGED_OUT_ON_PHONE: "The link was removed on the phone. Connect again to link the number.",
    Reason.TEMPORARY_BAN: "WhatsApp has banned this number for some time. The gateway connects again when it is over.",
    Reason.CLIENT_OUTDATED: "WhatsApp refuses this version of the gateway. It connects again once it is updated.",
    Reason.CONNECT_FAILURE: "WhatsApp refused the connection. The gateway tries again by itself.",
}

# Reasons of a disconnected session whose owner still wants it connected: it tries again after a long pause.
TRIED_AGAIN = frozenset({Reason.TEMPORARY_BAN, Reason.CLIENT_OUTDATED, Reason.CONNECT_FAILURE})
# Those that another build of the gateway may mend.
MENDED_BY_BUILD = frozenset({Reason.CLIENT_OUTDATED, Reason.CONNECT_FAILURE})


@dataclass(frozen=True, slots=True)
class Presented:
    """The state and reason that the API shows."""

    state: SessionState
    reason: Reason | None


def present(state: SessionState, reason: Reason | None, *, owned: bool) -> Presented:
    """Return what to show for a row: `connected` and `connecting` hold only while a live lease covers the session."""
    if state in (SessionState.CONNECTED, SessionState.CONNECTING) and not owned:
        return Presented(SessionState.CONNECTING, Reason.NO_OWNER)
    return Presented(state, reason)
