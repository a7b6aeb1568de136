"""What `gateway doctor` says of a user's sessions: each of a few, a summary of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gateway.cli.checks import Finding, State, failed, ok, warning
from gateway.client import ClientError, Gateway, Retry, SessionInfo
from gateway.domain.sessions import DesiredState, Reason, SessionState

_EACH = 10
# The gateway's own, which somebody who runs it must mend.
_FAULTS = {
    Reason.NO_OWNER: "Is a connector running, with workers that are well?",
    Reason.CLIENT_OUTDATED: "Update the gateway: WhatsApp refuses this release.",
}
# How a session is when nobody has linked it, or no longer wants to.
_INTENDED = {Reason.QR_TIMEOUT, Reason.LOGGED_OUT, Reason.LOGGED_OUT_LOCALLY, Reason.WAITING_TO_LINK}


def sessions(url: str, key: str) -> Iterator[Finding]:
    """Check whether the key is accepted, and the state of its sessions."""
    try:
        with Gateway(url, key, retry=Retry(attempts=1)) as gateway:
            infos = [session.info for session in gateway.sessions()]
    except ClientError as error:
        yield failed("API key", str(error), "`gateway keys create` makes a new one.")
        return
    yield ok("API key", f"It is accepted; it has {len(infos)} session{'' if len(infos) == 1 else 's'}.")
    yield from summary(infos)


def summary(infos: list[SessionInfo]) -> Iterator[Finding]:
    """Tell of each session where there are few; else how many are in which state, and the first that need somebody."""
    findings = [_session(info) for info in infos]
    if len(findings) <= _EACH:
        yield from findings
        return
    states = Counter(str(info.status) for info in infos)
    yield ok("sessions", ", ".join(f"{count} {state}" for state, count in states.most_common()) + ".")
    alarming = [finding for finding in findings if finding.state is not State.OK]
    faults_first = sorted(alarming, key=lambda finding: finding.state is State.WARNING)
    yield from faults_first[:_EACH]
    if left := faults_first[_EACH:]:
        advice = "`gateway sessions` says why each is as it is."
        yield Finding("sessions", left[0].state, f"{len(left)} more need attention.", advice)


def _session(info: SessionInfo) -> Finding:
    part = f"session {info.session_name}"
    said = f"It is {info.status}. {info.reason_detail or ''}".strip()
    if info.status == SessionState.CONNECTED:
        return ok(part, f"Connected as {info.phone_number}.")
    if advice := next((advice for reason, advice in _FAULTS.items() if info.reason == reason), None):
        return failed(part, said, advice)
    if info.status == SessionState.QR_PENDING or info.reason in _INTENDED:
        return ok(part, said)
    if info.desired_state == DesiredState.CONNECTED or info.reason:
        return warning(part, said, "`gateway link` connects it.")
    return ok(part, f"It is {info.status}, as it should be.")
