"""WhatsApp refused a version one night; after the update every user had to press connect."""

from __future__ import annotations

import time

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User
from tests.stack import Gateway


@pytest.mark.parametrize(
    ("code", "reason"), [("405", "client_outdated"), pytest.param("400", "connect_failure", marks=pytest.mark.slow)]
)
def test_it_comes_back_with_the_new_release(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl, code: str, reason: str
) -> None:
    old = gateway.start_connector(GATEWAY_RELEASE="old")
    number = phone()
    session_id = user.link(number)
    whatsapp.fault(loginFailure={"number": number, "reason": code}, drop={"number": number})
    user.wait_for_state(session_id, "disconnected", reason=reason)
    whatsapp.clear_faults()
    old.stop()
    same = gateway.start_connector(GATEWAY_RELEASE="old")
    user.wait_for_owner(session_id)
    before = user.session(session_id)
    assert (before.connection_status, before.reason) == ("disconnected", reason)
    same.stop()
    gateway.start_connector(GATEWAY_RELEASE="new")
    assert user.wait_for_state(session_id, "connected").refusals == 0


def test_it_comes_back_by_itself_once_whatsapp_accepts_it(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    gateway.start_connector(GATEWAY_REFUSED_BASE_SECONDS="1", GATEWAY_REFUSED_MAX_SECONDS="2")
    number = phone()
    session_id = user.link(number)
    whatsapp.fault(loginFailure={"number": number, "reason": "400"}, drop={"number": number})
    user.wait_for_state(session_id, "disconnected", reason="connect_failure")
    deadline = time.monotonic() + 45
    while user.session(session_id).refusals < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    whatsapp.clear_faults()
    user.wait_for_state(session_id, "connected")
