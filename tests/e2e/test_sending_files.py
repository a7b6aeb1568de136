"""Files of every kind, from a request to what a phone decrypts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.e2e.conftest import PATIENT, UNLIMITED, lived_in
from tests.e2e.world import Linked, World, until, workers
from tests.sites import respond, serving
from tests.stack import Stack
from tests.unit.media import files

Json = dict[str, Any]


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    with stack.gateway(**UNLIMITED, **PATIENT) as gateway:
        gateway.start_media()
        yield from lived_in(World(stack, gateway), connectors=1)


@pytest.fixture(scope="module")
def alice(world: World) -> Linked:
    return world.link("Alice")


@pytest.fixture(scope="module")
def api(world: World, alice: Linked) -> Iterator[httpx.Client]:
    """The API below the session."""
    url = f"{world.gateway.api.url}/sessions/{alice.session.id}"
    with httpx.Client(base_url=url, headers={"X-API-Key": world.gateway.key}, timeout=60) as client:
        yield client


def upload(api: httpx.Client, path: Path, name: str | None = None) -> str:
    response = api.post("/media", files={"file": (name or path.name, path.read_bytes())})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def send(api: httpx.Client, to: str, **body: Any) -> Json:
    """Send, and return the message once WhatsApp has it."""
    response = api.post("/messages", json={"to": to, **body})
    assert response.status_code in (201, 202), response.text
    sent: Json = response.json()

    def on_its_way() -> Json | None:
        message: Json = api.get(f"/messages/{sent['id']}").json()
        assert message["status"] != "failed", message
        return message if message["messageId"] else None

    return until(on_its_way, timeout=30)


def shown(world: World, phone: str, message: Json) -> Json:
    return world.whatsapp.wait_for_message(phone, lambda each: each["id"] == message["messageId"])


Make = Callable[[Path], Path]
# What is sent, and what the phone shows of it.
KINDS: list[tuple[str, Make, Json, Json]] = [
    ("image", files.photo, {"caption": "the flat"}, {"kind": "image", "text": "the flat", "width": 40, "height": 80}),
    ("video", files.film, {"caption": "a walk"}, {"kind": "video", "text": "a walk", "width": 64, "seconds": 1}),
    ("video", files.film, {"gif": True}, {"kind": "video", "gif": True}),
    ("video", files.film, {"round": True}, {"kind": "video", "round": True}),
    ("audio", lambda path: files.encoded(path, "libmp3lame", "mp3"), {}, {"kind": "audio", "mimetype": "audio/mpeg"}),
    ("voice", files.tone, {}, {"kind": "voice", "mimetype": "audio/ogg; codecs=opus", "seconds": 2}),
    (
        "document",
        lambda path: files.pdf(path, 3),
        {"caption": "please sign", "filename": "../../lease\n.pdf"},
        {"kind": "document", "text": "please sign", "filename": "lease.pdf", "pages": 3},
    ),
    ("document", lambda path: files.pdf(path, 1), {}, {"kind": "document", "filename": "given", "pages": 1}),
    ("sticker", files.picture, {}, {"kind": "sticker", "width": 512, "height": 512}),
]


@pytest.mark.parametrize(("kind", "make", "fields", "wanted"), KINDS)
def test_a_phone_decrypts_what_was_sent(
    world: World, api: httpx.Client, tmp_path: Path, kind: str, make: Make, fields: Json, wanted: Json
) -> None:
    tenant = world.phone("Tenant")
    path = make(tmp_path / "given")
    message = send(api, tenant, type=kind, media={"id": upload(api, path)}, **fields)
    seen = shown(world, tenant, message)
    assert seen.items() >= wanted.items()
    assert message["media"]["size"] == seen["size"]
    assert bool(message["media"]["thumbnailUrl"]) == (kind in ("image", "video", "sticker"))
    if kind in ("audio", "document") or (kind == "video"):
        assert seen["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_document_from_an_address_has_the_name_it_has_there(world: World, api: httpx.Client, tmp_path: Path) -> None:
    tenant = world.phone("Tenant")
    with serving() as site:
        site.answer = lambda request: respond(request, 200, files.pdf(tmp_path / "given", 1).read_bytes())
        message = send(api, tenant, type="document", media={"url": f"{site.url}/files/the%20lease?signature=1"})
    assert shown(world, tenant, message)["filename"] == message["media"]["fileName"] == "the lease.pdf"


def test_small_files_are_sent_inside_the_request(world: World, api: httpx.Client, tmp_path: Path) -> None:
    tenant = world.phone("Tenant")
    data = files.pdf(tmp_path / "given", 1).read_bytes()
    given = {"base64": base64.b64encode(data).decode()}
    for name in ("a.pdf", None):
        seen = shown(world, tenant, send(api, tenant, type="document", media=given, filename=name))
        assert (seen["sha256"], seen["filename"]) == (hashlib.sha256(data).hexdigest(), name or "document.pdf")


def test_a_file_past_the_api(world: World, api: httpx.Client, tmp_path: Path) -> None:
    tenant = world.phone("Tenant")
    data = files.pdf(tmp_path / "given", 1).read_bytes()
    form = api.post("/media/uploads", json={"filename": "lease.pdf"}).json()
    assert api.get(f"/media/uploads/{form['id']}").json()["state"] == "pending"
    stored = httpx.post(form["url"], data=form["fields"], files={"file": ("x", data)})
    assert stored.status_code in (200, 201, 204), stored.text
    seen = shown(world, tenant, send(api, tenant, type="document", media={"id": form["id"]}))
    assert (seen["filename"], seen["sha256"]) == ("lease.pdf", hashlib.sha256(data).hexdigest())
    assert api.get(f"/media/uploads/{form['id']}").json()["state"] == "available"


def test_what_was_stored_at_whatsapp_is_sent_again_without_another_upload(
    world: World, api: httpx.Client, tmp_path: Path
) -> None:
    tenant, other = world.phone("Tenant"), world.phone("Other")
    given = {"id": upload(api, files.pdf(tmp_path / "given", 1))}
    first = shown(world, tenant, send(api, tenant, type="document", media=given))
    response = api.post("/messages", json={"to": other, "type": "document", "media": given})
    assert response.status_code == 201
    second = shown(world, other, response.json())
    assert first["sha256"] == second["sha256"]
    uploads = world.rows.select(
        "SELECT FROM gateway.commands c JOIN gateway.media_objects o ON o.id::text = c.payload ->> 'mediaId'"
        " WHERE c.kind = 'upload_media' AND o.derived_from = %s",
        given["id"],
    )
    assert len(uploads) == 1


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.mark.parametrize(
    ("kind", "content"), [("image", SVG), ("image", b"GIF"), ("voice", b"words"), ("video", b"\0")]
)
def test_a_file_that_lies_about_its_type_is_refused(
    world: World, api: httpx.Client, tmp_path: Path, kind: str, content: bytes
) -> None:
    (tmp_path / "photo.jpg").write_bytes(content)
    given = {"id": upload(api, tmp_path / "photo.jpg")}
    body = {"to": world.phone("Tenant"), "type": kind, "media": given}
    response = api.post("/messages", json=body)
    assert response.status_code == 422, response.text
    problem = response.json()
    assert (problem["code"], problem["errors"][0]["field"]) == ("media_rejected", "media")
    # And at once, the next time.
    assert api.post("/messages", json=body).json()["errors"][0]["field"] == "media"


def test_an_album_arrives_whole_and_in_its_order(
    world: World, alice: Linked, api: httpx.Client, tmp_path: Path
) -> None:
    tenant = world.phone("Tenant")
    made = [files.photo(tmp_path / "0"), files.film(tmp_path / "1"), files.picture(tmp_path / "2")]
    kinds = ["image", "video", "image"]
    parts = [
        {"type": kind, "media": {"id": upload(api, path)}, "caption": str(place)}
        for place, (kind, path) in enumerate(zip(kinds, made, strict=True))
    ]
    head = send(api, tenant, type="album", parts=parts)
    assert (head["details"]["images"], head["details"]["videos"]) == (2, 1)
    seen = [shown(world, tenant, send_of(api, id)) for id in head["details"]["parts"]]
    assert shown(world, tenant, head).items() >= {"kind": "album", "images": 2, "videos": 1}.items()
    assert [(each["kind"], each["text"], each["album"]) for each in seen] == [
        (kind, str(place), head["messageId"]) for place, kind in enumerate(kinds)
    ]
    received = [each["text"] for each in world.whatsapp.messages(tenant) if "album" in each]
    assert received == ["0", "1", "2"]
    part = api.get(f"/messages/{head['details']['parts'][0]}").json()
    assert (part["targetMessageId"], part["targetId"]) == (head["messageId"], head["id"])


def send_of(api: httpx.Client, id: str) -> Json:
    """The message once WhatsApp has it."""
    return until(lambda: (found := api.get(f"/messages/{id}").json())["messageId"] and found, timeout=30)


def test_a_picture_that_is_refused_holds_up_no_other_of_its_album(
    world: World, api: httpx.Client, tmp_path: Path
) -> None:
    tenant = world.phone("Tenant")
    (tmp_path / "lies.jpg").write_bytes(SVG)
    given = [upload(api, files.photo(tmp_path / "a")), upload(api, tmp_path / "lies.jpg")]
    body = {"to": tenant, "type": "album", "parts": [{"type": "image", "media": {"id": id}} for id in given]}
    sent = api.post("/messages", json=body).json()
    first, second = api.get(f"/messages/{sent['id']}").json()["details"]["parts"]
    message = send_of(api, first)
    assert shown(world, tenant, message)["album"] == api.get(f"/messages/{sent['id']}").json()["messageId"]
    refused = api.get(f"/messages/{second}").json()
    assert (refused["status"], refused["error"]) == ("failed", "media_rejected")
    # What is known to be refused is so at once, with its place.
    answer = api.post("/messages", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "parts.1.media")


def test_a_received_picture_is_sent_on_as_whatsapp_has_it(world: World, alice: Linked, api: httpx.Client) -> None:
    tenant, other = world.phone("Tenant"), world.phone("Other")
    world.whatsapp.send_kind(tenant, to=alice.number, kind="image", caption="a leak")
    received = until(lambda: next((each for each in alice.messages_of(tenant) if each.message_type == "image"), None))
    seen = shown(world, other, send(api, other, forwardOf=str(received.id)))
    assert (seen["kind"], seen["text"], seen["forwarded"]) == ("image", "a leak", 1)
    assert seen["sha256"]


def test_the_client_sends_files_by_path_as_bytes_and_open_and_tells_how_far_it_is(
    world: World, alice: Linked, tmp_path: Path
) -> None:
    tenant, told = world.phone("Tenant"), list[tuple[int, int]]()
    path = files.pdf(tmp_path / "lease.pdf", 2)
    size, sha256 = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
    first = alice.session.send_document(tenant, path, progress=lambda read, total: told.append((read, total)))
    second = alice.session.send_document(tenant, path.read_bytes(), filename="copy.pdf", caption="again")
    with path.open("rb") as file:
        third = alice.session.send_document(tenant, file)
    assert told[-1] == (size, size)
    for sent, name in ((first, "lease.pdf"), (second, "copy.pdf"), (third, "lease.pdf")):
        seen = world.whatsapp.wait_for_message(tenant, partial(_is, until(partial(_id, alice, sent.id), timeout=30)))
        assert (seen["filename"], seen["sha256"]) == (name, sha256)


def _id(alice: Linked, id: UUID) -> str | None:
    return alice.session.message(id).message_id


def _is(message_id: str, message: Json) -> bool:
    return bool(message["id"] == message_id)


def test_an_upload_that_stalls_holds_up_nothing_else(
    world: World, alice: Linked, api: httpx.Client, tmp_path: Path
) -> None:
    tenant, bob = world.phone("Tenant"), world.link("Bob")
    # Of bytes that no other test has sent: what WhatsApp has is not uploaded again.
    given = {"id": upload(api, files.pdf(tmp_path / "given", 9))}
    world.whatsapp.fault(media={"on": "upload", "kind": "document", "effect": "stall", "count": 1})
    body = {"to": tenant, "type": "document", "media": given}
    sent = api.post("/messages", json=body, headers={"Prefer": "respond-async"}).json()
    assert alice.session.send(tenant, world.text("meanwhile")).status == "sent"
    until(partial(_attempts, world, given["id"]), timeout=30)
    # Of another kind, so that it is not the one that stalls, whichever comes first.
    assert bob.session.send_image(tenant, files.picture(tmp_path / "picture")).id
    world.whatsapp.wait_for_message(tenant, lambda each: each["kind"] == "image" and each["from"] == bob.number)
    assert api.get(f"/messages/{sent['id']}").json()["status"] == "queued"
    world.whatsapp.clear_faults()
    until(lambda: api.get(f"/messages/{sent['id']}").json()["status"] == "delivered", timeout=30)


def test_a_file_whose_worker_is_killed_while_it_is_uploaded_is_sent_once(fresh: World, tmp_path: Path) -> None:
    fresh.gateway.start_media()
    connector = fresh.gateway.start_connector()
    office, tenant = fresh.link(), fresh.phone("Tenant")
    fresh.whatsapp.fault(media={"on": "upload", "effect": "stall"})
    sent = office.session.send_document(tenant, files.pdf(tmp_path / "given", 1), wait=False)
    until(partial(_attempts, fresh, upload_of(fresh, sent.id)), timeout=30)
    for worker in workers(connector):
        worker.kill()
    fresh.whatsapp.clear_faults()
    until(lambda: office.session.message(sent.id).status in ("sent", "delivered"), timeout=90)
    assert len([each for each in fresh.whatsapp.messages(tenant) if each["kind"] == "document"]) == 1


def _attempts(world: World, media_id: str) -> list[Json]:
    """Attempts to store at WhatsApp what was made of an upload."""
    return world.rows.select(
        "SELECT FROM gateway.commands c JOIN gateway.media_objects o ON o.id::text = c.payload ->> 'mediaId'"
        " WHERE c.kind = 'upload_media' AND c.attempts = 1 AND o.derived_from = %s",
        media_id,
    )


def upload_of(world: World, message_id: UUID) -> str:
    (row,) = world.rows.select(
        "SELECT o.derived_from FROM gateway.media_objects o"
        " JOIN gateway.whatsapp_explorer_messages m ON m.media_id = o.id WHERE m.id = %s",
        message_id,
    )
    return str(row["derived_from"])
