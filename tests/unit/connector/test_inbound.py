"""What WhatsApp delivered, in the store's terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connector.sessions import inbound
from connector.sessions.inbound import chat_kind
from connector.whatsapp.durable_events import InboundMessage, Undecryptable
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
