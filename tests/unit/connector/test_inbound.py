"""What WhatsApp delivered, in the store's terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connector.sessions import inbound
from connector.sessions.inbound import chat_kind
from connector.whatsapp.durable_events import InboundMessage, Receipt, Undecryptable
from connector.whatsapp.jids import WhatsAppAddress
from connector.whatsapp.messages import Content
from gateway.domain.content import Poll, Quote

TENANT = WhatsAppAddress("100@lid", "100@lid", "+4915100000001")
GROUP = WhatsAppAddress("1203@g.us")
AT = datetime(2026, 11, 22, tzinfo=UTC)
TEXT = InboundMessage("3EB0", TENANT, TENANT, False, "Tina", AT, Content("text", "hello"))


@pytest.mark.parametrize(
    ("jid", "kind"),
    [
        ("1203@g.us", "group"),
        ("status@broadcast", "status"),
        ("1700000000@broadcast", "broadcast"),
        ("1203@newsletter", "newsletter"),
        ("8675309@bot", "other"),
        ("100@hosted", "other"),
    ],
)
def test_chats_without_a_person(jid: str, kind: str) -> None:
    incoming = inbound.incoming(replace(TEXT, chat=WhatsAppAddress(jid)))
    assert (incoming.chat_kind, incoming.group_jid) == (kind, jid)


def test_a_person_is_known_by_both_addresses() -> None:
    incoming = inbound.incoming(TEXT)
    assert chat_kind(TENANT) == "user"
    assert incoming.group_jid is None
    assert (incoming.chat.lid, incoming.chat.phone_number) == ("100@lid", "+4915100000001")
    assert (incoming.content, incoming.push_name, incoming.from_me) == ("hello", "Tina", False)


def test_what_a_kind_needs_to_be_shown_is_kept() -> None:
    quote = Quote(message_id="3EB9", text="Which day?")
    poll = Content("poll", "When?", details=Poll(options=("Monday",), selectable=1), quote=quote, view_once=True)
    incoming = inbound.incoming(replace(TEXT, content=poll, payload=b"event"))
    assert incoming.details == {"kind": "poll", "options": ["Monday"], "selectable": 1}
    assert incoming.quote == {"messageId": "3EB9", "text": "Which day?"}
    assert (incoming.media, incoming.raw) == ({"viewOnce": True}, b"event")
    assert (inbound.incoming(TEXT).media, inbound.incoming(TEXT).details) == (None, None)


def test_what_could_not_be_read_says_so() -> None:
    fact = Undecryptable("3EB1", GROUP, TENANT, False, "Tina", AT)
    incoming = inbound.incoming(fact)
    assert (incoming.message_type, incoming.content, incoming.group_jid) == ("undecryptable", None, "1203@g.us")


def test_what_whatsapp_withholds_from_linked_devices_is_not_waited_for() -> None:
    incoming = inbound.incoming(Undecryptable("3EB1", TENANT, TENANT, False, "Tina", AT, is_unavailable=True))
    assert incoming.message_type == "unavailable"


@pytest.mark.parametrize(
    ("milliseconds", "at"),
    [
        (1_795_360_447_500, datetime(2026, 11, 22, 15, 14, 7, 500_000, tzinfo=UTC)),
        (0, None),
        (-5, None),
        (2**63 - 1, None),
        (None, None),
    ],
)
def test_a_senders_clock_is_believed_only_where_it_can_be_a_time(milliseconds: int | None, at: datetime | None) -> None:
    edit = Content("edit", "x", target_message_id="3EB1", target_own=True, changed_at_ms=milliseconds)
    incoming = inbound.incoming(replace(TEXT, content=edit))
    assert incoming.changed_at == at
    assert incoming.change and incoming.change.at == (at or AT)


@pytest.mark.parametrize(
    ("kind", "is_from_me", "expected"),
    [("read", True, True), ("read_self", True, True), ("played", True, True), ("read", False, False),
     ("delivered", True, False), ("sender", True, False)],
)  # fmt: skip
def test_what_the_own_phone_has_read(kind: str, is_from_me: bool, expected: bool) -> None:
    receipt = Receipt(("3EB0",), TENANT, TENANT, is_from_me, kind, AT)
    assert inbound.is_read_by_us(receipt) is expected
