"""Whatever strangers put into a message of these kinds, it is read, stored and shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from google.protobuf.message import Message as Protobuf
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sessions import inbound
from connector.whatsapp.content.kinds import KINDS
from connector.whatsapp.content.vcards import parse_vcard
from connector.whatsapp.durable_events import InboundMessage
from connector.whatsapp.jids import WhatsAppAddress
from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.messages import decode_content
from gateway.domain.documents import details_from
from gateway.domain.words import in_words
from gateway.schemas.details import details_of
from tests.unit.connector_whatsapp.kinds import SECONDS, VCARD

AT = datetime(2026, 11, 22, tzinfo=UTC)
SENDER = WhatsAppAddress("100@lid", "100@lid", "+4915100000001")
_TEXTS = ["", "\x00", "Grüße 🌍", '{"id": [1]}', '{"sections": [{"rows": [{"id": {}}]}], "url": 3}', VCARD, "1:2@lid"]
_FLOATS = [0.0, 1.5, float("nan"), float("inf")]
# Beyond both ends of a time, and of the range of each type.
_INTEGERS = [0, 1, 100, SECONDS, 2**31 - 1]
_LONG = [2**62, 2**63 - 1]


def _fill(random: Random, message: Protobuf, depth: int) -> None:
    """Set some of a message's fields to values of their types."""
    for field in message.DESCRIPTOR.fields:
        if random.random() < 0.4:
            continue
        if field.message_type is None:
            value = random.choice(_values(field))
            getattr(message, field.name).append(value) if field.is_repeated else setattr(message, field.name, value)
        elif depth:
            target = getattr(message, field.name)
            _fill(random, target.add() if field.is_repeated else target, depth - 1)


def _values(field: Any) -> list[Any]:
    kind = type(field)
    match field.type:
        case kind.TYPE_ENUM:
            return [value.number for value in field.enum_type.values]
        case kind.TYPE_STRING:
            return _TEXTS
        case kind.TYPE_BYTES:
            return [b"", b"\xff\x00"]
        case kind.TYPE_BOOL:
            return [False, True]
        case kind.TYPE_DOUBLE | kind.TYPE_FLOAT:
            return _FLOATS
        case kind.TYPE_INT64 | kind.TYPE_SFIXED64:
            return [*_INTEGERS, *_LONG, -1, -(2**63)]
        case kind.TYPE_UINT64 | kind.TYPE_FIXED64:
            return [*_INTEGERS, *_LONG]
        case kind.TYPE_INT32 | kind.TYPE_SINT32 | kind.TYPE_SFIXED32:
            return [*_INTEGERS, -1]
    return _INTEGERS


@pytest.mark.parametrize("value", ["a" * 200_000 + "\\", "\\" * 200_001, ";" * 200_000, '"' * 200_001])
@pytest.mark.parametrize("name", ["N", "ORG", "TEL;TYPE=", "ADR;"])
def test_a_hostile_card_is_read_at_once(name: str, value: str) -> None:
    assert parse_vcard(f"{name}:{value}\n{name}{value}\n{value}:", "Ana").name


@pytest.mark.parametrize("field", sorted(KINDS))
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_such_a_message_holds_it_is_read_stored_and_shown(field: str, seed: int) -> None:
    message = e2e_pb2.Message()
    inner = getattr(message, field)
    inner.SetInParent()
    _fill(Random(seed), inner, 3)
    content = decode_content(message)
    assert content is not None
    incoming = inbound.incoming(InboundMessage("3EB0", SENDER, SENDER, False, None, AT, content))
    stored = json.dumps([incoming.content, incoming.media, incoming.details, incoming.quote], allow_nan=False)
    assert "\\u0000" not in stored
    assert details_from(incoming.details) == content.details
    assert (details_of(incoming.details) is None) == (content.details is None)
    assert all(isinstance(line, str) for line in in_words(content.details))
