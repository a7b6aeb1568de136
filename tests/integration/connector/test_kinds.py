"""Kinds of messages that people see as more than a text, from a phone through the real library to the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from gateway.store import raw_events
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway

VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Silva\nORG:Acme\nTEL;waid=4915112345678:+49 151 12345678\nEND:VCARD"


def test_kinds_arrive_with_what_they_hold(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone("Tina")
    session_id = guest.link(office)
    sent: dict[str, dict[str, object]] = {
        "contact": {"contacts": [{"name": "Ana", "vcard": VCARD}]},
        "poll": {"question": "When?", "options": ["Mon", "Tue"]},
        "group_invite": {"group": "1203@g.us", "name": "House", "code": "abc", "caption": "Join"},
        "order": {"title": "Lamps", "items": 2, "thousandths": 45500, "currency": "EUR"},
        "interactive": {"body": "Pick", "buttons": [{"name": "quick_reply", "parameters": {"id": "y"}}]},
        "interactive_reply": {"body": "Done", "name": "flow", "parameters": {"day": "mon"}},
        "list": {"body": "Days", "button": "Show", "sections": [{"rows": [{"id": "mon", "title": "Monday"}]}]},
    }
    for kind, fields in sent.items():
        whatsapp.send_kind(tenant, to=office, kind=kind, **fields)
    found = wait_for(lambda: guest.messages(session_id), lambda messages: len(messages) == len(sent))
    details = {message.message_type: message.details or {} for message in found}
    assert details.keys() == sent.keys()
    assert details["contact"]["contacts"] == [
        {
            "name": "Ana Silva",
            "organisation": "Acme",
            "phones": [{"number": "+49 151 12345678", "whatsapp": "+4915112345678"}],
        }
    ]
    assert details["poll"] == {"kind": "poll", "question": "When?", "options": ["Mon", "Tue"], "selectable": 1}
    assert details["order"]["total"] == {"value": "45.50", "currency": "EUR"}
    assert details["interactive"]["buttons"] == [{"action": "reply", "id": "y"}]
    assert details["interactive_reply"]["parameters"] == {"day": "mon"}
    assert {message.content for message in found} == {"Ana", "When?", "Join", "Lamps", "Pick", "Done", "Days"}


def test_what_came_undecryptable_first_has_its_details(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.fault(corrupt={"count": 1, "number": office})
    whatsapp.send_kind(tenant, to=office, kind="poll", question="When?", options=["Mon"])
    (message,) = wait_for(
        lambda: guest.messages(session_id), lambda found: [each.message_type for each in found] == ["poll"]
    )
    assert (message.details or {})["options"] == ["Mon"]


def test_a_deletion_takes_the_details_and_the_kept_event_too(
    user: User, phone: MakePhone, whatsapp: WhatsAppControl, gateway: Gateway
) -> None:
    gateway.start_connector()
    office, tenant = phone(), phone()
    session_id = user.link(office)
    poll_id = whatsapp.send_kind(tenant, to=office, kind="poll", question="When?", options=["Mon"])
    user.wait_for_events(session_id, "message.received", 1)
    assert _count_raw_events(gateway) == 1
    whatsapp.send_kind(tenant, kind="delete", messageId=poll_id)
    user.wait_for_events(session_id, "message.deleted", 1)
    (message,) = user.messages(session_id)
    assert (message.content, message.details, _count_raw_events(gateway)) == (None, None, 0)


def test_a_later_release_reads_kept_events_again(
    user: User, phone: MakePhone, whatsapp: WhatsAppControl, gateway: Gateway
) -> None:
    """The row is made what a release had stored that knew no polls."""
    gateway.start_connector()
    office, tenant = phone(), phone()
    session_id = user.link(office)
    whatsapp.send_kind(tenant, to=office, kind="poll", question="When?", options=["Mon"])
    user.wait_for_events(session_id, "message.received", 1)
    with psycopg.connect(gateway.database.admin) as admin:
        admin.execute(
            "UPDATE gateway.whatsapp_explorer_messages SET message_type = 'unknown:pollCreationMessageV3',"
            " content = NULL, details = NULL"
        )
    with psycopg.connect(gateway.database.admin) as admin:
        assert raw_events.put_back(admin) == 1  # type: ignore[arg-type]
    (message,) = wait_for(lambda: user.messages(session_id), lambda found: found[0].message_type == "poll")
    assert (message.content, (message.details or {})["options"]) == ("When?", ["Mon"])
    assert [event.data["messageType"] for event in user.events(session_id, "message.received")] == ["poll", "poll"]
    with psycopg.connect(gateway.database.admin) as admin:
        assert raw_events.put_back(admin) == 0  # type: ignore[arg-type]


def test_whatsapps_own_times_are_kept(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    """They are whole seconds, and by WhatsApp's clock; a time of ours would have a fraction."""
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    begun = datetime.now(UTC) - timedelta(seconds=1)
    sent = guest.wait_for_status(session_id, guest.send(session_id, tenant, "Hello"), "delivered")
    assert sent.sent_at is not None
    assert sent.delivered_at is not None
    assert begun < sent.sent_at <= sent.delivered_at < begun + timedelta(seconds=60)
    assert (sent.sent_at.microsecond, sent.delivered_at.microsecond) == (0, 0)


def _count_raw_events(gateway: Gateway) -> int:
    with psycopg.connect(gateway.database.admin) as admin:
        row = admin.execute("SELECT count(*) FROM gateway.raw_events").fetchone()
    return row[0] if row else 0
