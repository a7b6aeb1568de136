"""Somebody made 100 sessions and left; nobody else saw a QR code for an hour."""

from __future__ import annotations

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway


def test_others_get_their_code_at_once(gateway: Gateway, user: User, whatsapp: WhatsAppControl) -> None:
    gateway.start_connector(GATEWAY_MAX_PAIRINGS="2", GATEWAY_MAX_PAIRINGS_PER_USER="1")
    many = [user.create_session(f"{number}") for number in range(5)]
    for session_id in many:
        user.connect(session_id)
    other = User(gateway.database, whatsapp)
    try:
        for session_id in many[1:]:
            user.wait_for_owner(session_id)
        session_id = other.create_session()
        other.connect(session_id)
        other.wait_for_qr(session_id)
        wait_for(
            lambda: [each for each in map(user.session, many) if each.reason == "waiting_to_link"],
            lambda waiting: sorted(each.link_position or 0 for each in waiting) == [1, 2, 3, 4],
        )
    finally:
        other.close()


def test_codes_that_nobody_reads_make_room(gateway: Gateway, user: User) -> None:
    gateway.start_connector(GATEWAY_MAX_PAIRINGS="1", GATEWAY_PAIRING_UNREAD_SECONDS="6")
    left, next_one = user.create_session("left"), user.create_session("next")
    user.connect(left)
    user.wait_for_qr(left)
    user.connect(next_one)
    waiting = user.wait_for_state(next_one, "connecting", reason="waiting_to_link")
    assert "queue: 1" in (waiting.sentence or "")
    ended = user.wait_for_state(left, "disconnected", reason="qr_timeout")
    assert ended.desired_state == "disconnected"
    user.wait_for_qr(next_one)
