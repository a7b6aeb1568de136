from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connector.whatsapp.durable_events import InboundMessage, Receipt, Undecryptable, decode_durable_event
from connector.whatsapp.events import KINDS, OPTIONAL_KINDS, is_durable, subscribed_codes
from connector.whatsapp.jids import WhatsAppAddress
from connector.whatsapp.library import e2e_pb2, neonize_pb2
from tests.unit.connector_whatsapp.build import (
    GROUP,
    MARIA_LID,
    MARIA_NUMBER,
    OWN_LID,
    info,
    message_event,
    source,
)

MARIA = WhatsAppAddress(MARIA_LID, MARIA_LID, "+4915112345678")
TEXT = e2e_pb2.Message(conversation="hello")


def inbound(of: neonize_pb2.MessageSource) -> InboundMessage:
    event = decode_durable_event("Message", message_event(info(of), TEXT))
    assert isinstance(event, InboundMessage)
    return event


def test_a_message_carries_both_addresses_whichever_it_came_by() -> None:
    by_lid = inbound(source(MARIA_LID, "100000000000002:4@lid", sender_alt=MARIA_NUMBER))
    by_number = inbound(source(MARIA_NUMBER, "4915112345678:4@s.whatsapp.net", sender_alt=MARIA_LID))
    for event in (by_lid, by_number):
        assert (event.chat, event.sender) == (MARIA, MARIA)
    assert by_lid.message_id == "3EB0"
    assert by_lid.push_name == "Maria"
    assert by_lid.timestamp == datetime(2026, 11, 22, 15, 14, 7, 500_000, tzinfo=UTC)
    assert by_lid.content.text == "hello"


def test_without_a_mapping_the_number_is_the_address() -> None:
    assert inbound(source(MARIA_NUMBER, MARIA_NUMBER)).chat == WhatsAppAddress(MARIA_NUMBER, None, "+4915112345678")


def test_what_was_typed_on_the_phone_is_in_the_chat_of_its_recipient() -> None:
    event = inbound(source(MARIA_LID, OWN_LID, recipient_alt=MARIA_NUMBER, from_me=True))
    assert event.is_from_me
    assert event.chat == MARIA
    assert event.sender.jid == "100000000000001@lid"


def test_a_group_has_no_number_and_its_sender_has() -> None:
    event = inbound(source(GROUP, MARIA_LID, sender_alt=MARIA_NUMBER, group=True))
    assert (event.chat, event.chat.kind, event.sender) == (WhatsAppAddress(GROUP), "group", MARIA)


@pytest.mark.parametrize(
    ("jid", "kind"),
    [
        (MARIA_LID, "user"),
        (MARIA_NUMBER, "user"),
        (GROUP, "group"),
        ("status@broadcast", "status"),
        ("123@broadcast", "broadcast"),
        ("123@newsletter", "newsletter"),
    ],
)
def test_the_kinds_of_chats(jid: str, kind: str) -> None:
    assert WhatsAppAddress(jid).kind == kind


LIST = "1700000000@broadcast"


def test_what_somebody_sends_to_a_list_is_in_the_chat_with_them() -> None:
    event = inbound(source(LIST, MARIA_LID, sender_alt=MARIA_NUMBER, group=True))
    assert (event.chat, event.sender, event.list_jid) == (MARIA, MARIA, LIST)


def test_what_was_sent_to_a_list_on_the_phone_is_in_the_lists_chat() -> None:
    event = inbound(source(LIST, OWN_LID, group=True, from_me=True))
    assert (event.chat, event.list_jid) == (WhatsAppAddress(LIST), None)


def test_status_posts_and_all_about_them_are_no_events() -> None:
    posted = source("status@broadcast", MARIA_LID, sender_alt=MARIA_NUMBER, group=True)
    events: dict[str, bytes] = {
        "Message": message_event(info(posted), e2e_pb2.Message(conversation="at the beach")),
        "UndecryptableMessage": neonize_pb2.UndecryptableMessage(
            Info=info(posted), IsUnavailable=False, DecryptFailMode="DECRYPT_FAIL_SHOW"
        ).SerializeToString(),
        "Receipt": neonize_pb2.Receipt(
            MessageSource=posted, MessageIDs=["A"], Timestamp=0, Type="READ_SELF"
        ).SerializeToString(),
    }
    assert [decode_durable_event(kind, payload) for kind, payload in events.items()] == [None, None, None]


def test_what_is_no_message_gives_no_event() -> None:
    keys = e2e_pb2.Message(protocolMessage={"type": 6})
    assert decode_durable_event("Message", message_event(info(source()), keys)) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DELIVERED", "delivered"),
        ("INACTIVE", "delivered"),
        ("READ", "read"),
        ("READ_SELF", "read_self"),
        ("PLAYED", "played"),
        ("PLAYED_SELF", "played_self"),
        ("SENDER", "sender"),
        ("RETRY", "retry"),
        ("SERVER_ERROR", "server_error"),
        ("PEER_MSG", "peer"),
        ("HISTORY_SYNC", "history_sync"),
    ],
)
def test_receipts(name: str, kind: str) -> None:
    raw = neonize_pb2.Receipt(MessageSource=source(), MessageIDs=["A", "B"], Timestamp=1_795_360_447, Type=name)
    event = decode_durable_event("Receipt", raw.SerializeToString())
    assert isinstance(event, Receipt)
    assert (event.message_ids, event.kind, event.chat.jid) == (("A", "B"), kind, MARIA_LID)
    assert event.timestamp == datetime(2026, 11, 22, 15, 14, 7, tzinfo=UTC)


def test_every_receipt_type_has_a_kind() -> None:
    for name in neonize_pb2.Receipt.ReceiptType.DESCRIPTOR.values_by_name:
        raw = neonize_pb2.Receipt(MessageSource=source(), Timestamp=0, Type=name)
        assert decode_durable_event("Receipt", raw.SerializeToString()) is not None


@pytest.mark.parametrize("mode", ["DECRYPT_FAIL_SHOW", "DECRYPT_FAIL_HIDE"])
def test_a_message_that_could_not_be_decrypted_is_an_event(mode: str) -> None:
    raw = neonize_pb2.UndecryptableMessage(Info=info(source()), IsUnavailable=True, DecryptFailMode=mode)
    event = decode_durable_event("UndecryptableMessage", raw.SerializeToString())
    assert isinstance(event, Undecryptable)
    assert (event.message_id, event.chat.jid) == ("3EB0", MARIA_LID)
    assert (event.is_unavailable, event.is_hidden) == (True, mode == "DECRYPT_FAIL_HIDE")


def test_no_text_and_no_name_is_in_the_repr_of_an_event() -> None:
    assert "hello" not in repr(inbound(source())) and "Maria" not in repr(inbound(source()))


@pytest.mark.parametrize("optional", [frozenset(), OPTIONAL_KINDS])
def test_durable_kinds_are_subscribed_and_others_where_they_are_asked_for(optional: frozenset[str]) -> None:
    subscribed = {KINDS[code] for code in subscribed_codes(optional)}
    assert subscribed & OPTIONAL_KINDS == optional
    durable = {"Message", "Receipt", "UndecryptableMessage", "GroupInfoEvent", "JoinedGroup", "Picture"}
    durable |= {"HistorySync"} & optional
    assert {kind for kind in subscribed if is_durable(kind)} == durable
