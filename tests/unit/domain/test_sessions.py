from __future__ import annotations

from itertools import product

import pytest

from gateway.domain.sessions import MOVES, SENTENCES, Reason, SessionState, present, sources

S = SessionState

# Written out again on purpose: a move that is added to the table must be added here with a thought.
ALLOWED = {
    S.DISCONNECTED: {S.CONNECTING, S.LOGGED_OUT},
    S.CONNECTING: {S.QR_PENDING, S.CONNECTED, S.LOGGED_OUT, S.DISCONNECTED},
    S.QR_PENDING: {S.CONNECTING, S.CONNECTED, S.DISCONNECTED, S.LOGGED_OUT},
    S.CONNECTED: {S.CONNECTING, S.DISCONNECTED, S.LOGGED_OUT},
    S.LOGGED_OUT: {S.CONNECTING},
}


@pytest.mark.parametrize(("source", "target"), list(product(S, S)))
def test_every_pair_of_states_is_decided(source: SessionState, target: SessionState) -> None:
    assert ((source, target) in MOVES) == (target in ALLOWED[source])
    assert (source in sources(target)) == (target in ALLOWED[source])


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


@pytest.mark.parametrize("state", [S.CONNECTED, S.CONNECTING])
def test_a_connection_is_believed_only_under_a_live_lease(state: SessionState) -> None:
    assert present(state, None, owned=True).state is state
    unowned = present(state, None, owned=False)
    assert (unowned.state, unowned.reason) == (S.CONNECTING, Reason.NO_OWNER)


def test_other_states_need_no_lease() -> None:
    assert present(S.LOGGED_OUT, Reason.LOGGED_OUT, owned=False).reason is Reason.LOGGED_OUT
