"""WhatsApp did not say whether a number has an account, and nothing left for an hour, to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User
from tests.stack import Gateway


@pytest.mark.parametrize("code", [{"code": 429}, {"code": 503}], ids=["rate-limited", "failed"])
def test_it_fails_with_an_error_of_its_own(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl, code: dict[str, Any]
) -> None:
    gateway.start_connector(GATEWAY_LOOKUP_PAUSE_SECONDS="0.2", GATEWAY_COMMAND_ATTEMPTS="2")
    session_id, silent, tenant = user.link(phone()), phone(), phone()
    whatsapp.fault(failedLookup={"number": silent, **code})
    lost = user.send(session_id, silent, "to whom?")
    user.wait_for_status(session_id, user.send(session_id, tenant, "to somebody else"), "delivered")
    message = user.wait_for_status(session_id, lost, "failed")
    assert message.error == "lookup_failed"
    assert message.error_detail
    assert f"{code['code']}" in message.error_detail


def test_its_message_waits_for_the_next_look_up_and_keeps_its_place_in_the_chat(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    gateway.start_connector(GATEWAY_LOOKUP_PAUSE_SECONDS="2")
    session_id, silent, tenant = user.link(phone()), phone(), phone()
    whatsapp.fault(failedLookup={"number": silent, "code": 503})
    first, second = user.send_together(session_id, silent, "first", "second")
    user.wait_for_status(session_id, user.send(session_id, tenant, "to somebody else"), "delivered")
    assert {user.message(session_id, id).status for id in (first, second)} == {"queued"}
    whatsapp.clear_faults()
    user.wait_for_status(session_id, second, "delivered")
    texts = [message["text"] for message in whatsapp.messages(silent) if not message["fromMe"]]
    assert texts == ["first", "second"]


def test_one_that_hangs_holds_up_nobody_else(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """whatsmeow waits 75 s for an answer."""
    gateway.start_connector()
    session_id, silent, tenant = user.link(phone()), phone(), phone()
    whatsapp.fault(failedLookup={"number": silent})
    waiting = user.send(session_id, silent, "to whom?")
    user.wait_for_status(session_id, user.send(session_id, tenant, "to somebody else"), "delivered", timeout=20)
    assert user.message(session_id, waiting).status == "queued"
