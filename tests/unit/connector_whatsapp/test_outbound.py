"""What we send, as WhatsApp's protobuf; and that our own decoder reads the same in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.whatsapp.cards import escaped, vcard
from connector.whatsapp.content.vcards import parse_vcard
from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.messages import Content, decode_content
from connector.whatsapp.outbound import Envelope, serialize
from gateway.domain.content import ContactCard, Contacts, Phone, Pin, Poll, Quote, Timer
from gateway.domain.links import LinkPreview
from gateway.domain.outbound import (
    Context,
    Deletion,
    Edit,
    Location,
    Outbound,
    Pinning,
    Reaction,
    Target,
    Text,
)

NOW = datetime(2026, 8, 21, 9, 40, 2, 123000, UTC)
CHAT = "118367280017461@lid"
TARGET = Target("3EB0A1", from_me=False, author="201927361902847@lid")
NAMED: dict[str, Any] = {
    "target_message_id": "3EB0A1",
    "target_own": False,
    "target_participant": "201927361902847@lid",
}
CARD = ContactCard(
    name="Mara",
    title="Plumber",
    phones=(Phone(number="+4915112345678", label="work", whatsapp="+4915112345678"),),
    urls=("https://example.org",),
    addresses=("Elm Street 5",),
    birthday="1980-01-02",
    note="Rings twice",
)


def sent(content: Any, context: Context | None = None, seconds: int = 0) -> e2e_pb2.Message:
    envelope = Envelope(CHAT, b"s" * 32, NOW, seconds)
    return e2e_pb2.Message.FromString(serialize(Outbound(content, context or Context()), envelope))


def test_a_text_with_a_preview_keeps_it_beside_its_context() -> None:
    preview = LinkPreview("https://example.org", "The flat")
    written = sent(Text("https://example.org", preview), Context(forwarding_score=1), seconds=60).extendedTextMessage
    assert (written.text, written.matchedText, written.title) == (
        "https://example.org",
        "https://example.org",
        "The flat",
    )
    assert not written.HasField("JPEGThumbnail")
    assert (written.contextInfo.forwardingScore, written.contextInfo.expiration) == (1, 60)


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (
            Text("a https://example.org", LinkPreview("https://example.org", "The flat", "Two rooms", b"jpeg")),
            Content("text", "a https://example.org"),
        ),
        (Text("@4915112345678 https://example.org"), Content("text", "@4915112345678 https://example.org")),
        (
            Location(52.5, 13.4, "The flat", "Elm Street 5"),
            Content(
                "location",
                location={"latitude": 52.5, "longitude": 13.4, "name": "The flat", "address": "Elm Street 5"},
            ),
        ),
        (Location(-90, 180), Content("location", location={"latitude": -90.0, "longitude": 180.0})),
        (
            Contacts(kind="contact", contacts=(CARD,)),
            Content("contact", "Mara", details=Contacts(kind="contact", contacts=(CARD,))),
        ),
        (
            Contacts(kind="contacts", contacts=(CARD, CARD)),
            Content("contacts", "2 contacts", details=Contacts(kind="contacts", contacts=(CARD, CARD))),
        ),
        (
            Poll(question="When?", options=("Tue", "Fri"), selectable=1),
            Content("poll", "When?", details=Poll(question="When?", options=("Tue", "Fri"), selectable=1)),
        ),
        (Reaction(TARGET, "👍"), Content("reaction", "👍", **NAMED)),
        (Reaction(TARGET, ""), Content("reaction", None, **NAMED)),
        (Edit(TARGET, "new"), Content("edit", "new", changed_at_ms=int(NOW.timestamp() * 1000), **NAMED)),
        (Edit(TARGET, "new", "image"), Content("edit", "new", changed_at_ms=int(NOW.timestamp() * 1000), **NAMED)),
        (Deletion(TARGET), Content("delete", **NAMED)),
        (Pinning(TARGET, 86_400), Content("pin", details=Pin(pinned=True), target_message_id="3EB0A1")),
        (Pinning(TARGET, 0), Content("pin", details=Pin(pinned=False), target_message_id="3EB0A1")),
        (Timer(seconds=0), Content("disappearing", details=Timer(seconds=0))),
        (Timer(seconds=86_400), Content("disappearing", details=Timer(seconds=86_400))),
    ],
)
def test_what_is_sent_is_read_as_what_it_is(content: Any, read: Content) -> None:
    message = sent(content)
    assert message.messageContextInfo.messageSecret == b"s" * 32
    decoded = decode_content(message)
    assert decoded is not None
    names = ("message_type", "text", "location", "details", "target_message_id", "target_own", "target_participant")
    assert {name: getattr(decoded, name) for name in names} == {name: getattr(read, name) for name in names}
    assert decoded.changed_at_ms == read.changed_at_ms


def test_a_plain_text_stays_as_plain_as_it_was() -> None:
    assert [field.name for field, _ in sent(Text("x")).ListFields()] == ["conversation", "messageContextInfo"]


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("text", "conversation"),
        ("image", "imageMessage"),
        ("video", "videoMessage"),
        ("document", "documentMessage"),
        ("audio", "audioMessage"),
        ("voice", "audioMessage"),
        ("sticker", "stickerMessage"),
        ("location", "locationMessage"),
        ("contact", "contactMessage"),
        ("poll", "pollCreationMessage"),
        ("payment", "conversation"),
    ],
)
def test_a_reply_repeats_the_kind_and_text_of_what_it_replies_to(kind: str, part: str) -> None:
    quote = Quote(message_id="3EB0Q1", sender_phone_number="+4915112345678", message_type=kind, text="said")
    info = sent(Location(1, 2), Context(quote)).locationMessage.contextInfo
    assert (info.stanzaID, info.participant) == ("3EB0Q1", "4915112345678@s.whatsapp.net")
    assert [field.name for field, _ in info.quotedMessage.ListFields()] == [part]
    assert info.quotedMessage.audioMessage.PTT is (kind == "voice")


def test_a_reply_to_a_message_without_a_text_is_one() -> None:
    for kind in ("text", "image", "location", "contact", "poll"):
        info = sent(Text("x"), Context(Quote(message_id="3EB0Q1", message_type=kind))).extendedTextMessage.contextInfo
        assert info.HasField("quotedMessage")


def test_a_text_carries_its_context_and_what_changes_another_message_none() -> None:
    context = Context(mentions=("4915112345678@s.whatsapp.net",), forwarding_score=2)
    text = sent(Text("@4915112345678"), context, seconds=86_400).extendedTextMessage
    assert text.text == "@4915112345678"
    assert list(text.contextInfo.mentionedJID) == ["4915112345678@s.whatsapp.net"]
    assert (text.contextInfo.isForwarded, text.contextInfo.forwardingScore) == (True, 2)
    assert text.contextInfo.expiration == 86_400
    for action in (Reaction(TARGET, "👍"), Edit(TARGET, "new"), Deletion(TARGET), Pinning(TARGET, 0)):
        assert sent(action, seconds=86_400) == sent(action)


def test_a_secret_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        serialize(Outbound(Text("x")), Envelope(CHAT, b"short", NOW))


@pytest.mark.parametrize("text", ["a;b,c\\d", "two\nlines", "two\r\nlines", "END:VCARD\nBEGIN:VCARD", "ü 👍"])
def test_whatever_is_in_a_card_stays_in_its_place(text: str) -> None:
    card = ContactCard(name=text, organisation=text, phones=(Phone(number="+49151"),), emails=(text,))
    read = parse_vcard(vcard(card))
    plain = text.replace("\r\n", "\n")
    assert (read.name, read.organisation, read.emails) == (plain, plain, (plain,))
    assert read.phones == (Phone(number="+49151", label="cell"),)
    assert "\n" not in escaped(text)
