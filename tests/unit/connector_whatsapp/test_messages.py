from __future__ import annotations

import base64
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.messages import Content, decode_content
from connector.whatsapp.sealed import POLL_VOTE, REACTION, Sealed
from gateway.domain.content import Quote
from gateway.domain.documents import to_document

Message = e2e_pb2.Message
KEY = {"remoteJID": "100000000000002@lid", "fromMe": False, "ID": "3EB0TARGET"}
FILE = {
    "directPath": "/v/t62/abc?x=1",
    "mediaKey": b"\x01" * 32,
    "fileSHA256": b"\x02" * 32,
    "fileEncSHA256": b"\x03" * 32,
    "fileLength": 12345,
    "mimetype": "image/jpeg",
}


def decoded(**fields: object) -> Content:
    content = decode_content(Message(**fields))
    assert content is not None
    return content


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"conversation": "Grüße 🌍"}, Content("text", "Grüße 🌍")),
        ({"extendedTextMessage": {"text": "https://example.org"}}, Content("text", "https://example.org")),
        ({"reactionMessage": {"key": KEY, "text": "👍"}}, Content("reaction", "👍", target_message_id="3EB0TARGET")),
        ({"reactionMessage": {"key": KEY, "text": ""}}, Content("reaction", None, target_message_id="3EB0TARGET")),
        ({"protocolMessage": {"key": KEY, "type": 0}}, Content("delete", target_message_id="3EB0TARGET")),
        (
            {"protocolMessage": {"key": KEY, "type": 14, "editedMessage": {"conversation": "new"}}},
            Content("edit", "new", target_message_id="3EB0TARGET"),
        ),
        (
            {"locationMessage": {"degreesLatitude": 52.5, "degreesLongitude": 13.4, "name": "Berlin"}},
            Content("location", location={"latitude": 52.5, "longitude": 13.4, "name": "Berlin"}),
        ),
        (
            {"liveLocationMessage": {"degreesLatitude": 1.5, "degreesLongitude": -2.5, "sequenceNumber": 7}},
            Content("live_location", location={"latitude": 1.5, "longitude": -2.5, "sequenceNumber": 7}),
        ),
        (
            {"pollUpdateMessage": {"pollCreationMessageKey": KEY, "vote": {"encPayload": b"p", "encIV": b"i"}}},
            Content("poll_vote", target_message_id="3EB0TARGET", sealed=Sealed(POLL_VOTE, b"p", b"i")),
        ),
        (
            {"encReactionMessage": {"targetMessageKey": KEY, "encPayload": b"p", "encIV": b"i"}},
            Content("unknown:encReactionMessage", target_message_id="3EB0TARGET", sealed=Sealed(REACTION, b"p", b"i")),
        ),
        ({"musicMessage": {"songUri": "s"}}, Content("unknown:musicMessage")),
        (
            {"commentMessage": {"message": {"conversation": "Nice"}, "targetMessageKey": KEY}},
            Content("comment", "Nice", target_message_id="3EB0TARGET"),
        ),
        ({}, Content("unknown")),
    ],
)
def test_every_kind_keeps_what_it_says(fields: dict[str, object], expected: Content) -> None:
    assert decoded(**fields) == expected


@pytest.mark.parametrize(
    ("field", "extra", "message_type"),
    [
        ("imageMessage", {"caption": "Look", "width": 640, "height": 480}, "image"),
        ("videoMessage", {"caption": "Look", "seconds": 9, "gifPlayback": True}, "video"),
        ("documentMessage", {"caption": "Look", "fileName": "lease.pdf", "pageCount": 4}, "document"),
        ("audioMessage", {"seconds": 3}, "audio"),
        ("audioMessage", {"seconds": 3, "PTT": True}, "voice"),
        ("stickerMessage", {"width": 512, "isAnimated": True}, "sticker"),
        ("ptvMessage", {"seconds": 5}, "video"),
    ],
)
def test_media_keeps_what_a_download_needs(field: str, extra: dict[str, object], message_type: str) -> None:
    content = decoded(**{field: FILE | extra})
    assert (content.message_type, content.text) == (message_type, extra.get("caption"))
    assert content.media is not None
    assert content.media["directPath"] == FILE["directPath"]
    assert base64.b64decode(content.media["mediaKey"]) == FILE["mediaKey"]
    assert base64.b64decode(content.media["fileSha256"]) == FILE["fileSHA256"]
    assert base64.b64decode(content.media["fileEncSha256"]) == FILE["fileEncSHA256"]
    assert content.media["fileLength"] == FILE["fileLength"]
    for name in {"width", "height", "seconds", "fileName", "pageCount", "gifPlayback"} & set(extra):
        assert content.media[name] == extra[name]


def test_a_round_video_and_a_moving_sticker_are_told_apart() -> None:
    assert decoded(ptvMessage=FILE).media == decoded(videoMessage=FILE).media | {"round": True}  # type: ignore[operator]
    assert (decoded(stickerMessage=FILE | {"isAnimated": True}).media or {})["animated"] is True


@pytest.mark.parametrize(
    "wrapper",
    ["ephemeralMessage", "documentWithCaptionMessage", "editedMessage", "botInvokeMessage", "viewOnceMessageV2"],
)
def test_wrappers_are_taken_off(wrapper: str) -> None:
    content = decoded(**{wrapper: {"message": {"imageMessage": FILE | {"caption": "Inside"}}}})
    assert (content.message_type, content.text) == ("image", "Inside")
    assert content.view_once is wrapper.startswith("viewOnce")


def test_wrappers_in_wrappers_and_copies_of_own_messages_are_taken_off() -> None:
    content = decoded(
        deviceSentMessage={
            "destinationJID": "100000000000002@lid",
            "message": {"ephemeralMessage": {"message": {"viewOnceMessage": {"message": {"conversation": "deep"}}}}},
        }
    )
    assert (content.text, content.view_once) == ("deep", True)


def test_an_edit_in_its_wrapper_names_its_target_and_new_caption() -> None:
    edit = {"key": KEY, "type": 14, "editedMessage": {"imageMessage": FILE | {"caption": "Better"}}}
    content = decoded(editedMessage={"message": {"protocolMessage": edit}})
    assert content == Content("edit", "Better", target_message_id="3EB0TARGET")


def test_a_change_says_who_wrote_what_it_changes() -> None:
    own = decoded(protocolMessage={"key": KEY | {"fromMe": True}, "type": 0})
    assert (own.target_own, own.target_participant) == (True, None)
    by_admin = decoded(protocolMessage={"key": KEY | {"participant": "100000000000007:2@lid"}, "type": 0})
    assert (by_admin.target_own, by_admin.target_participant) == (False, "100000000000007@lid")


def test_an_edit_says_when_it_was_made() -> None:
    edit = {"key": KEY, "type": 14, "editedMessage": {"conversation": "new"}, "timestampMS": 1_795_360_447_123}
    assert decoded(protocolMessage=edit).changed_at_ms == 1_795_360_447_123


@pytest.mark.parametrize(("association", "replaces"), [("HD_IMAGE_DUAL_UPLOAD", True), ("MEDIA_ALBUM", False)])
def test_a_copy_in_high_definition_replaces_the_picture(association: str, *, replaces: bool) -> None:
    content = decoded(
        associatedChildMessage={"message": {"imageMessage": FILE}},
        messageContextInfo={"messageAssociation": {"associationType": association, "parentMessageKey": KEY}},
    )
    assert (content.message_type, content.replaces) == ("image", replaces)
    assert content.target_message_id == ("3EB0TARGET" if replaces else None)


def test_the_clip_of_a_motion_photo_belongs_to_its_photo() -> None:
    content = decoded(
        videoMessage=FILE,
        messageContextInfo={"messageAssociation": {"associationType": "MOTION_PHOTO", "parentMessageKey": KEY}},
    )
    assert (content.message_type, content.replaces, content.target_message_id) == ("motion_clip", True, "3EB0TARGET")
    assert (content.media or {}).keys() == {"motionVideo"}


@pytest.mark.parametrize("kind", [5, 6, 7, 9, 16, 17, 22])
def test_what_devices_say_to_each_other_is_no_message(kind: int) -> None:
    assert decode_content(Message(protocolMessage={"type": kind})) is None


def test_group_keys_alone_are_no_message_but_may_come_with_one() -> None:
    keys = {"groupID": "1@g.us", "axolotlSenderKeyDistributionMessage": b"k"}
    assert decode_content(Message(senderKeyDistributionMessage=keys)) is None
    assert decoded(senderKeyDistributionMessage=keys, conversation="hi") == Content("text", "hi")


def test_quotes_mentions_and_the_secret_are_kept() -> None:
    context = {"stanzaID": "3EB0QUOTED", "mentionedJID": ["100000000000007:2@lid", "broken"]}
    content = decoded(
        extendedTextMessage={"text": "@Bob look", "contextInfo": context},
        messageContextInfo={"messageSecret": b"s" * 32},
    )
    assert content.quoted_message_id == "3EB0QUOTED"
    assert content.mentions == ("100000000000007@lid",)
    assert content.secret == b"s" * 32


@pytest.mark.parametrize(
    ("participant", "lid", "number"),
    [
        ("100000000000002:5@lid", "100000000000002@lid", None),
        ("4915112345678@s.whatsapp.net", None, "+4915112345678"),
        ("", None, None),
    ],
)
def test_a_reply_tells_what_it_replies_to(participant: str, lid: str | None, number: str | None) -> None:
    quoted = {"imageMessage": FILE | {"caption": "The stain"}}
    context = {"stanzaID": "3EB0Q", "participant": participant, "quotedMessage": quoted}
    content = decoded(extendedTextMessage={"text": "That one", "contextInfo": context})
    assert content.quote == Quote(
        message_id="3EB0Q", sender_lid=lid, sender_phone_number=number, message_type="image", text="The stain"
    )


def test_the_secret_outside_a_wrapper_counts_too() -> None:
    inner = {"message": {"conversation": "x"}}
    assert decoded(ephemeralMessage=inner, messageContextInfo={"messageSecret": b"s" * 32}).secret == b"s" * 32


def test_what_postgresql_cannot_hold_is_replaced() -> None:
    assert decoded(conversation="a\x00b").text == "a\N{REPLACEMENT CHARACTER}b"
    place = decoded(locationMessage={"degreesLatitude": math.nan, "degreesLongitude": math.inf}).location
    assert place == {"latitude": None, "longitude": None}


@given(st.binary(max_size=400))
def test_whatever_can_be_parsed_can_be_stored(data: bytes) -> None:
    """Every field is tried in turn with the bytes as its content."""
    for descriptor in Message.DESCRIPTOR.fields:
        if descriptor.message_type is None:
            continue
        message = Message()
        inner = getattr(message, descriptor.name)
        try:
            inner.ParseFromString(data)
        except Exception:  # noqa: BLE001 (not a protobuf: it would never reach the decoder)
            inner.Clear()
        inner.SetInParent()
        content = decode_content(message)
        if content is not None:
            documents = [to_document(content.details), to_document(content.quote)]
            stored = json.dumps([content.text, content.media, content.location, documents], allow_nan=False)
            assert "\\u0000" not in stored
