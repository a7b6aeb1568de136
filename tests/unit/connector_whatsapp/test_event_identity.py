"""Of an event that cannot be processed is told which message it is about, and nothing that it says."""

from __future__ import annotations

from typing import Any

import pytest

from connector.whatsapp.event_identity import identify
from connector.whatsapp.library import e2e_pb2, neonize_pb2
from tests.unit.connector_whatsapp import build

SECRET = e2e_pb2.Message(conversation="a secret")


def test_a_message() -> None:
    source = build.source("100000000000002:7@lid", from_me=True)
    payload = build.message_event(build.info(source, "3EB0A1", "Maria"), SECRET)
    assert identify("Message", payload) == {"chat": "100000000000002@lid", "messageId": "3EB0A1"}


@pytest.mark.parametrize(("ids", "found"), [(["3EB0"], {"messageId": "3EB0"}), (["3EB0", "3EB1"], {}), ([], {})])
def test_a_receipt(ids: list[str], found: dict[str, str]) -> None:
    kind = neonize_pb2.Receipt.ReceiptType.DELIVERED
    receipt = neonize_pb2.Receipt(MessageSource=build.source(build.GROUP), MessageIDs=ids, Timestamp=1, Type=kind)
    assert identify("Receipt", receipt.SerializePartialToString()) == {"chat": build.GROUP, **found}


def test_what_cannot_be_stored_is_replaced() -> None:
    payload = build.message_event(build.info(build.source(), "3E\x00B0"), SECRET)
    assert identify("Message", payload)["messageId"] == "3E\N{REPLACEMENT CHARACTER}B0"


@pytest.mark.parametrize(("kind", "payload"), [("Message", b"\xff\xff\xff"), ("Nothing", b""), ("Receipt", b"\x0a")])
def test_what_cannot_be_read_has_none(kind: str, payload: bytes) -> None:
    assert identify(kind, payload) == {}


GROUP_EVENTS = [
    ("GroupInfoEvent", neonize_pb2.GroupInfoEvent(JID=build.jid(build.GROUP), Notify="A")),
    ("JoinedGroup", neonize_pb2.JoinedGroup(GroupInfo=neonize_pb2.GroupInfo(JID=build.jid(build.GROUP)))),
    ("Picture", neonize_pb2.Picture(JID=build.jid(build.GROUP), Timestamp=1)),
]


@pytest.mark.parametrize(("kind", "event"), GROUP_EVENTS, ids=[kind for kind, _ in GROUP_EVENTS])
def test_what_is_told_of_a_group_names_the_group_alone(kind: str, event: Any) -> None:
    assert identify(kind, event.SerializePartialToString()) == {"chat": build.GROUP}
