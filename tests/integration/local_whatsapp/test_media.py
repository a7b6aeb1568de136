"""Files of every kind between the real client and a phone, in both directions, compared by their bytes."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from infra.local.whatsapp.wire import proto
from tests.integration.local_whatsapp.conftest import Linked, NewNumber

# What phones send: the kind, its fields, the part of the message, and what the phones see of it.
SENT: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("image", {"caption": "a view"}, "imageMessage", {"text": "a view", "width": 160, "height": 120}),
    ("video", {"caption": "a walk"}, "videoMessage", {"text": "a walk", "width": 128, "height": 96, "seconds": 1}),
    ("video", {"gif": True}, "videoMessage", {"gif": True}),
    ("video", {"round": True}, "ptvMessage", {"round": True}),
    ("audio", {"seconds": 3}, "audioMessage", {"mimetype": "audio/mp4", "seconds": 3}),
    ("voice", {"waveform": [7] * 64}, "audioMessage", {"mimetype": "audio/ogg; codecs=opus", "waveform": [7] * 64}),
    ("document", {"filename": "a.pdf", "pages": 2}, "documentMessage", {"filename": "a.pdf", "pages": 2}),
    ("document", {"caption": "the contract"}, "documentMessage", {"text": "the contract"}),
    ("sticker", {}, "stickerMessage", {"mimetype": "image/webp", "width": 512, "height": 512}),
]
# What the client sends: the part, the kind of file, what else it says, and what the phone sees.
FROM_CLIENT: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("imageMessage", "image", {"mimetype": "image/jpeg", "caption": "x", "width": 3, "height": 2}, {"kind": "image"}),
    ("videoMessage", "video", {"mimetype": "video/mp4", "gifPlayback": True}, {"kind": "video", "gif": True}),
    ("ptvMessage", "video", {"mimetype": "video/mp4", "seconds": 4}, {"kind": "video", "round": True, "seconds": 4}),
    ("audioMessage", "audio", {"mimetype": "audio/mp4"}, {"kind": "audio"}),
    ("audioMessage", "audio", {"mimetype": "audio/ogg; codecs=opus", "ptt": True}, {"kind": "voice"}),
    ("documentMessage", "document", {"fileName": "l.pdf", "pageCount": 3}, {"filename": "l.pdf", "pages": 3}),
    ("stickerMessage", "image", {"mimetype": "image/webp", "isAnimated": True}, {"kind": "sticker", "animated": True}),
]


def received(linked: Linked, id: str) -> Any:
    """Return the message with this id as the client got it."""
    got = linked.process.wait("Message", linked.name, id=id)
    return proto.Message.FromString(base64.b64decode(got["proto"]))


def download(linked: Linked, message: Any) -> dict[str, Any]:
    encoded = base64.b64encode(message.SerializeToString()).decode()
    return linked.process.call(linked.name, "download", proto=encoded, timeout=60)


def uploaded(linked: Linked, file: Path, kind: str) -> dict[str, Any]:
    """Let the client upload a file, and return what a message says of it."""
    put: dict[str, Any] = linked.process.call(linked.name, "upload", file=str(file), kind=kind, timeout=60)["put"]
    return {name: base64.b64decode(value) if "Sha" in name or "Key" in name else value for name, value in put.items()}


def send(linked: Linked, to: str, message: Any) -> str:
    encoded = base64.b64encode(message.SerializeToString()).decode()
    return str(linked.process.call(linked.name, "send_message", to=to, proto=encoded)["id"])


def plain(message: Any) -> Any:
    """Return a message as neonize can download it: a round video as any other."""
    return proto.Message(videoMessage=message.ptvMessage) if message.HasField("ptvMessage") else message


def view(control: WhatsAppControl, number: str, id: str) -> dict[str, Any]:
    return control.wait_for_message(number, lambda message: message["id"] == id)


@pytest.mark.parametrize(("kind", "fields", "part", "seen"), SENT)
def test_what_a_phone_sends_arrives_byte_by_byte(
    control: WhatsAppControl,
    linked: Linked,
    new_number: NewNumber,
    kind: str,
    fields: dict[str, Any],
    part: str,
    seen: dict[str, Any],
) -> None:
    contact = new_number()
    sent = control.send_kind(contact, to=linked.number, kind=kind, **fields)
    message = received(linked, sent)
    assert message.HasField(part)
    views = [view(control, number, sent) for number in (contact, linked.number)]
    got = download(linked, plain(message))
    for shown in views:
        assert shown["kind"] == kind
        assert shown.items() >= seen.items()
        assert (shown["size"], shown["sha256"]) == (got["size"], got["sha256"])
    assert hashlib.sha256(control.media(linked.number, sent)).hexdigest() == got["sha256"]


@pytest.mark.parametrize(("part", "kind", "fields", "seen"), FROM_CLIENT)
def test_what_the_client_sends_arrives_byte_by_byte(
    control: WhatsAppControl,
    linked: Linked,
    new_number: NewNumber,
    tmp_path: Path,
    part: str,
    kind: str,
    fields: dict[str, Any],
    seen: dict[str, Any],
) -> None:
    contact, file = new_number(), tmp_path / "file"
    file.write_bytes(data := os.urandom(100_001))
    described = {**uploaded(linked, file, kind), **fields}
    sent = send(linked, contact, proto.Message(**{part: described}))
    for number in (contact, linked.number):
        shown = view(control, number, sent)
        assert shown.items() >= seen.items()
        assert (shown["size"], shown["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert control.media(contact, sent) == data


def test_given_bytes_are_sent_with_a_thumbnail(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact, drawn = new_number(), io.BytesIO()
    Image.new("RGB", (400, 300), "teal").save(drawn, "JPEG")
    encoded = base64.b64encode(drawn.getvalue()).decode()
    sent = control.send_kind(contact, to=linked.number, kind="image", base64=encoded, mimetype="image/jpeg")
    shown, picture = view(control, linked.number, sent), received(linked, sent).imageMessage
    assert (picture.width, picture.height, picture.mimetype) == (400, 300, "image/jpeg")
    assert shown["sha256"] == hashlib.sha256(drawn.getvalue()).hexdigest()
    thumbnail = base64.b64decode(shown["thumbnail"])
    assert thumbnail == picture.jpegThumbnail
    assert max(Image.open(io.BytesIO(thumbnail)).size) == 100


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ("mac", "invalid media hmac"),
        ("blobHash", "hash of media ciphertext"),
        ("hash", "hash of media plaintext"),
        ("missing", "404"),
    ],
)
def test_a_spoiled_file_is_noticed_by_both(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber, spoiled: str, said: str
) -> None:
    contact = new_number()
    sent = control.send_kind(contact, to=linked.number, kind="document", spoiled=spoiled)
    failed = download(linked, received(linked, sent))
    assert failed["event"] == "failure"
    assert said in failed["error"]
    assert view(control, linked.number, sent)["mediaError"] == spoiled
    with pytest.raises(ControlRefused) as refused:
        control.media(linked.number, sent)
    assert refused.value.status == 410


def test_the_client_meets_the_faults_of_the_hosts(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber, tmp_path: Path
) -> None:
    contact, file = new_number(), tmp_path / "file"
    file.write_bytes(os.urandom(300_000))
    picture = received(linked, control.send_kind(contact, to=linked.number, kind="image"))
    for status in (403, 404, 410):
        control.fault(media={"status": status, "count": 1})
        assert str(status) in download(linked, picture)["error"]
    control.fault(media={"on": "upload", "status": 503, "count": 1})
    refused = linked.process.call(linked.name, "upload", file=str(file), kind="image")
    assert "503" in refused["error"]
    control.fault(media={"on": "upload", "effect": "stall"})
    stalled = linked.process.command(linked.name, "upload", file=str(file), kind="image")
    assert linked.process.call(linked.name, "send", to=contact, text="goes on")["event"] == "result"
    control.wait_for_text(contact, "goes on")
    control.clear_faults()
    linked.process.wait("result", linked.name, call=stalled)
    assert download(linked, picture)["event"] == "result"


def test_albums_name_their_parts(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    head = control.send_kind(contact, to=linked.number, kind="album", images=1, videos=1)
    parts = [control.send_kind(contact, to=linked.number, kind=kind, album=head) for kind in ("image", "video")]
    album = received(linked, head).albumMessage
    assert (album.expectedImageCount, album.expectedVideoCount) == (1, 1)
    for part in parts:
        assert received(linked, part).messageContextInfo.messageAssociation.parentMessageKey.id == head
        assert view(control, linked.number, part)["album"] == head
    assert view(control, linked.number, head).items() >= {"kind": "album", "images": 1, "videos": 1}.items()


def test_what_is_viewed_once_stays_on_the_phone(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    sent = control.send_kind(contact, to=linked.number, kind="image", viewOnce=True, caption="once")
    assert linked.process.wait("UndecryptableMessage", linked.name, id=sent)
    shown = view(control, linked.number, sent)
    assert (shown["kind"], shown["text"], shown["viewOnce"]) == ("image", "once", True)
    assert hashlib.sha256(control.media(linked.number, sent)).hexdigest() == shown["sha256"]


@pytest.mark.slow
def test_a_hundred_megabytes_go_both_ways(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber, tmp_path: Path
) -> None:
    contact, file = new_number(), tmp_path / "file"
    file.write_bytes(data := os.urandom(100 << 20))
    sha256 = hashlib.sha256(data).hexdigest()
    sent = send(linked, contact, proto.Message(documentMessage=uploaded(linked, file, "document")))
    assert view(control, contact, sent)["sha256"] == sha256
    sent = control.send_kind(contact, to=linked.number, kind="document", base64=base64.b64encode(data).decode())
    assert download(linked, received(linked, sent))["sha256"] == sha256
