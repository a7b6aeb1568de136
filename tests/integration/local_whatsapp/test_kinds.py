"""Kinds of message without files between the real client and a phone, and what a phone shows of them."""

from __future__ import annotations

import os
from typing import Any

import pytest

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from infra.local.whatsapp.phones.sealing import open_vote, option_hash, seal_vote
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import Jid
from tests.integration.local.waiting import until
from tests.integration.local_whatsapp.conftest import Linked, NewNumber
from tests.integration.local_whatsapp.test_media import received, send, view

CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nTEL;waid=491511:+49 151 1\nEND:VCARD"
# A message of the client, and what phones see of it.
FROM_CLIENT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"contactMessage": {"displayName": "Ana", "vcard": CARD}},
        {"kind": "contact", "text": "Ana", "contacts": [{"name": "Ana", "vcard": CARD}]},
    ),
    (
        {"locationMessage": {"degreesLatitude": 1.5, "degreesLongitude": 2.5, "name": "Home", "address": "Elm 5"}},
        {"kind": "location", "text": "Home", "latitude": 1.5, "longitude": 2.5, "address": "Elm 5"},
    ),
    (
        {"liveLocationMessage": {"degreesLatitude": 1.5, "degreesLongitude": 2.5, "sequenceNumber": 4}},
        {"kind": "live_location", "latitude": 1.5, "longitude": 2.5, "sequence": 4},
    ),
    (
        {"extendedTextMessage": {"text": "see x.org", "matchedText": "x.org", "title": "X", "description": "All of X"}},
        {"kind": "text", "preview": {"url": "x.org", "title": "X", "description": "All of X"}},
    ),
    (
        {"extendedTextMessage": {"text": "f", "contextInfo": {"isForwarded": True, "forwardingScore": 2}}},
        {"kind": "text", "forwarded": 2},
    ),
    ({"extendedTextMessage": {"text": "e", "contextInfo": {"expiration": 86400}}}, {"text": "e", "expires": 86400}),
]
# What a phone sends, the part of it that the client gets, and what that says.
FROM_PHONE: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"kind": "contact", "contacts": [{"name": "Ana", "vcard": CARD}]}, "contactMessage", {"vcard": CARD}),
    (
        {"kind": "live_location", "latitude": 1.5, "longitude": 2.5, "sequence": 3, "caption": "soon"},
        "liveLocationMessage",
        {"sequenceNumber": 3, "caption": "soon", "degreesLatitude": 1.5},
    ),
    ({"kind": "poll", "question": "When?", "options": ["Tue", "Fri"]}, "pollCreationMessageV3", {"name": "When?"}),
]


@pytest.mark.parametrize(("message", "seen"), FROM_CLIENT)
def test_phones_show_what_the_client_sends(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber, message: dict[str, Any], seen: dict[str, Any]
) -> None:
    contact = new_number()
    sent = send(linked, contact, proto.Message(**message))
    for number in (contact, linked.number):
        assert view(control, number, sent).items() >= seen.items()


@pytest.mark.parametrize(("body", "part", "says"), FROM_PHONE)
def test_the_client_gets_what_phones_send(
    control: WhatsAppControl,
    linked: Linked,
    new_number: NewNumber,
    body: dict[str, Any],
    part: str,
    says: dict[str, Any],
) -> None:
    sent = control.send_kind(new_number(), to=linked.number, **body)
    got = getattr(received(linked, sent), part)
    assert {name: getattr(got, name) for name in says} == says


def test_what_a_message_carries_goes_both_ways(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    question = str(linked.process.call(linked.name, "send", to=contact, text="When?")["id"])
    view(control, contact, question)
    carried = {"quotes": question, "mentions": [linked.number], "forwarded": 3, "expires": 604800}
    sent = control.send_kind(contact, to=linked.number, kind="image", **carried)
    info = received(linked, sent).imageMessage.contextInfo
    assert (info.stanzaId, info.quotedMessage.extendedTextMessage.text) == (question, "When?")
    assert (info.forwardingScore, info.expiration) == (3, 604800)
    quoted = {"from": linked.number, "kind": "text", "text": "When?"}
    for number in (contact, linked.number):
        assert view(control, number, sent).items() >= {**carried, "quoted": quoted}.items()


def test_votes_of_phones_count_and_are_opened_by_the_client(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact, secret = new_number(), os.urandom(32)
    options = [{"optionName": name} for name in ("Tue", "Fri", "Sun")]
    poll = proto.Message(pollCreationMessage={"name": "When?", "options": options})
    poll.messageContextInfo.messageSecret = secret
    id = send(linked, contact, poll)
    assert view(control, contact, id).items() >= {"options": ["Tue", "Fri", "Sun"], "votes": {}}.items()
    creator, voter = (Jid.parse(control.phone(number)["lid"]) for number in (linked.number, contact))
    for chosen in (["Tue", "Sun"], ["Fri"], []):
        vote = control.send_kind(contact, kind="vote", messageId=id, options=chosen)
        opened = open_vote(received(linked, vote), secret, [creator], [voter])
        assert opened == [option_hash(option) for option in chosen]
        for number in (contact, linked.number):
            assert (control.message(number, id) or {})["votes"] == {contact: chosen}
    with pytest.raises(ControlRefused):
        control.send_kind(contact, kind="vote", messageId=id, options=["Mon"])


def test_votes_of_the_client_count_and_forged_ones_do_not(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    id = control.send_kind(contact, to=linked.number, kind="poll", question="When?", options=["Tue", "Fri"])
    secret = received(linked, id).messageContextInfo.messageSecret
    creator, voter = (Jid.parse(control.phone(number)["lid"]) for number in (contact, linked.number))

    def vote(option: str, with_secret: bytes) -> None:
        payload, nonce = seal_vote([option], with_secret, id, creator, voter)
        message = proto.Message()
        message.pollUpdateMessage.pollCreationMessageKey.id = id
        message.pollUpdateMessage.vote.encPayload, message.pollUpdateMessage.vote.encIv = payload, nonce
        send(linked, contact, message)

    vote("Fri", secret)
    until(lambda: (control.message(contact, id) or {})["votes"] == {linked.number: ["Fri"]})
    vote("Tue", os.urandom(32))
    linked.process.call(linked.name, "send", to=contact, text="after it")
    control.wait_for_text(contact, "after it")
    assert (control.message(contact, id) or {})["votes"] == {linked.number: ["Fri"]}


def test_a_document_in_base64_must_be_that(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    with pytest.raises(ControlRefused) as refused:
        control.send_kind(new_number(), to=linked.number, kind="document", base64="not base64!")
    assert refused.value.status == 400
