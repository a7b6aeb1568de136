"""Files of received messages: fetched from the local media host, decrypted into S3, read through the API."""

from __future__ import annotations

import base64
import secrets
from typing import Any

import pytest

from gateway.aws.media_storage import PART_BYTES, FileMissing
from gateway.domain.messages import MessageStatus
from gateway.store import found_chats, history, messages
from gateway.store.incoming import Incoming
from tests.integration.api.server import Api, Owner
from tests.integration.media.conftest import BOB, NOW
from tests.integration.media.files import download, events_of, file_of, message_of, receive
from tests.integration.media.hosts import MediaHost
from tests.integration.media.pictures import BOMB, picture
from tests.integration.media.running import Running

KINDS = ("image", "video", "audio", "voice", "document", "sticker")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_fetched_and_read_as_it_was_sent(
    api: Api, owner: Owner, host: MediaHost, function: Running, kind: str
) -> None:
    data = secrets.token_bytes(100_001)
    id = receive(owner, host.upload(data, kind))
    pending = message_of(api, owner, id)
    path = f"/sessions/{owner.session_id}/media/{pending['media']['id']}"
    assert pending["mediaUrl"] == path and pending["media"]["status"] == "pending"
    early = api.get(path)
    assert (early.status_code, early.json()["code"]) == (409, "media_pending")
    assert function.run(pending["media"]["id"])
    stored = message_of(api, owner, id)
    assert (stored["media"]["status"], stored["media"]["size"]) == ("available", len(data))
    assert download(api, stored["mediaUrl"]).content == data
    (event,) = events_of(api, owner)
    assert event["message"] == {name: value for name, value in stored.items() if name != "timeline"}
    assert (event["id"], event["mediaId"], event["status"]) == (id, stored["media"]["id"], "available")


def test_a_large_file_is_stored_in_parts(api: Api, owner: Owner, host: MediaHost, function: Running) -> None:
    data = secrets.token_bytes(2 * PART_BYTES + 3)
    id = receive(owner, host.upload(data, "document"))
    assert function.run(file_of(api, owner, id)["id"])
    assert download(api, message_of(api, owner, id)["mediaUrl"]).content == data


def test_equal_files_of_a_session_are_stored_and_fetched_once(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    data = secrets.token_bytes(1000)
    first = receive(owner, host.upload(data, "document"), "M1")
    assert function.run(file_of(api, owner, first)["id"])
    second = receive(owner, host.upload(data, "document"), "M2")
    host.fault(status=500)
    assert function.run(file_of(api, owner, second)["id"])
    assert download(api, message_of(api, owner, second)["mediaUrl"]).content == data


def test_a_doorbell_that_comes_twice_changes_nothing(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    id = receive(owner, host.upload(b"x", "document"))
    media_id = file_of(api, owner, id)["id"]
    assert [function.run(media_id), function.run(media_id)] == [True, False]
    assert len(events_of(api, owner)) == 1


@pytest.mark.parametrize("status", [403, 404, 410])
def test_the_path_is_tried_when_the_address_of_the_message_has_ended(
    api: Api, owner: Owner, host: MediaHost, function: Running, status: int
) -> None:
    id = receive(owner, host.upload(b"hello", "document"))
    host.fault(status=status, way="url")
    assert function.run(file_of(api, owner, id)["id"])
    assert file_of(api, owner, id)["status"] == "available"


@pytest.mark.parametrize("status", [403, 404, 410])
def test_what_whatsapp_has_no_more_is_unavailable_at_once(
    api: Api, owner: Owner, host: MediaHost, function: Running, status: int
) -> None:
    id = receive(owner, host.upload(b"hello", "document"))
    host.fault(status=status)
    assert function.run(file_of(api, owner, id)["id"])
    file = file_of(api, owner, id)
    assert (file["status"], file["reason"]) == ("unavailable", "expired")
    (event,) = events_of(api, owner)
    assert (event["status"], event["reason"]) == ("unavailable", "expired")
    gone = api.get(message_of(api, owner, id)["mediaUrl"])
    assert (gone.status_code, gone.json()["code"], gone.json()["reason"]) == (410, "media_unavailable", "expired")


def test_addresses_that_have_ended_are_found_out(api: Api, owner: Owner, host: MediaHost, function: Running) -> None:
    host.fault(lifetime=0)
    id = receive(owner, host.upload(b"hello", "document"))
    assert function.run(file_of(api, owner, id)["id"])
    assert file_of(api, owner, id)["reason"] == "expired"


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 429}, {"effect": "cut"}, {"effect": "stall"}, {"effect": "corrupt"}]
)
def test_what_fails_is_tried_again_and_nothing_of_it_is_kept(
    api: Api, owner: Owner, host: MediaHost, function: Running, fault: dict[str, Any]
) -> None:
    data = secrets.token_bytes(300_000)
    id = receive(owner, host.upload(data, "video"))
    media_id = file_of(api, owner, id)["id"]
    host.fault(**fault)
    assert function.run(media_id)
    assert file_of(api, owner, id)["status"] == "pending"
    assert function.stored(owner.session_id, media_id) is None
    host.clear()
    function.make_due(media_id)
    assert function.run(media_id)
    assert download(api, message_of(api, owner, id)["mediaUrl"]).content == data


@pytest.mark.parametrize(
    "wrong",
    [{"key": b"k" * 32}, {"plain_hash": b"h" * 32}, {"blob_hash": b"h" * 32}, {"size": 5}, {"size": 100_000}],
    ids=["key", "hash", "hash of what comes", "smaller", "larger"],
)
def test_a_file_that_is_not_what_its_message_says_is_given_up_and_never_shown(
    api: Api, owner: Owner, host: MediaHost, function: Running, wrong: dict[str, Any]
) -> None:
    id = receive(owner, host.upload(b"x" * 1000, "image") | MediaHost.said(wrong))
    media_id = file_of(api, owner, id)["id"]
    for _ in range(3):
        function.make_due(media_id)
        function.run(media_id)
    file = file_of(api, owner, id)
    assert (file["status"], file["reason"]) == ("unavailable", "damaged")
    assert function.stored(owner.session_id, media_id) is None


@pytest.mark.parametrize("missing", ["mediaKey", "fileSha256", "fileEncSha256"])
def test_what_cannot_be_fetched_by_what_its_message_says_is_unavailable_from_the_beginning(
    api: Api, owner: Owner, host: MediaHost, function: Running, missing: str
) -> None:
    media = host.upload(b"hello", "image")
    id = receive(owner, {name: value for name, value in media.items() if name != missing})
    file = file_of(api, owner, id)
    assert (file["status"], file["reason"]) == ("unavailable", "malformed")
    assert not function.run(file["id"])


def test_an_address_outside_of_whatsapp_is_not_asked(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    outside = {"url": "https://169.254.169.254/latest", "directPath": "@169.254.169.254/latest"}
    id = receive(owner, {**host.upload(b"hello", "image"), **outside})
    assert function.run(file_of(api, owner, id)["id"])
    assert file_of(api, owner, id)["reason"] == "expired"


@pytest.mark.parametrize(
    ("policy", "reason"),
    [({"maxBytes": 999}, "too_large"), ({"kinds": ["voice"]}, "not_wanted"), ({"kinds": []}, "not_wanted")],
)
def test_a_session_says_which_files_it_wants(
    api: Api, owner: Owner, host: MediaHost, function: Running, policy: dict[str, Any], reason: str
) -> None:
    changed = api.request("PATCH", f"/sessions/{owner.session_id}", json={"mediaPolicy": policy})
    assert changed.json()["mediaPolicy"] == {"maxBytes": None, "kinds": None} | policy
    id = receive(owner, host.upload(b"x" * 1000, "image"))
    assert function.run(file_of(api, owner, id)["id"])
    assert (file_of(api, owner, id)["status"], file_of(api, owner, id)["reason"]) == ("unavailable", reason)


def test_a_file_without_a_said_size_is_bounded_while_it_comes(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    api.request("PATCH", f"/sessions/{owner.session_id}", json={"mediaPolicy": {"maxBytes": 1000}})
    media = host.upload(b"x" * 5000, "document")
    del media["fileLength"]
    id = receive(owner, media)
    assert function.run(file_of(api, owner, id)["id"])
    assert file_of(api, owner, id)["reason"] == "too_large"


def test_a_picture_gets_a_thumbnail_and_the_type_that_it_has(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    id = receive(owner, host.upload(picture(1200, 900, "PNG"), "image") | {"mimetype": "image/svg+xml"})
    assert function.run(file_of(api, owner, id)["id"])
    file = file_of(api, owner, id)
    assert (file["mimetype"], file["width"], file["height"]) == ("image/png", 1200, 900)
    thumbnail = download(api, file["thumbnailUrl"])
    assert thumbnail.headers["content-type"] == "image/jpeg"
    assert thumbnail.content[:2] == b"\xff\xd8" and len(thumbnail.content) < 50_000


@pytest.mark.parametrize("kind", ["video", "document"])
def test_what_phones_show_of_a_film_or_document_is_its_thumbnail(
    api: Api, owner: Owner, host: MediaHost, function: Running, kind: str
) -> None:
    preview = picture(100, 60, "JPEG")
    id = receive(owner, host.upload(b"no film", kind) | {"preview": base64.b64encode(preview).decode(), "width": 640})
    assert "preview" not in (owner.message(id).media or {})
    media_id = file_of(api, owner, id)["id"]
    assert function.run(media_id)
    file = file_of(api, owner, id)
    thumbnail = download(api, file["thumbnailUrl"])
    assert thumbnail.headers["content-type"] == "image/jpeg"
    assert thumbnail.content[:2] == b"\xff\xd8" and file["width"] == 640
    assert download(api, message_of(api, owner, id)["mediaUrl"]).content == b"no film"


@pytest.mark.parametrize("preview", ["PHN2Zy8+", "no base64", "A" * 200_000], ids=["svg", "nothing", "large"])
def test_what_is_no_small_picture_is_no_thumbnail(
    api: Api, owner: Owner, host: MediaHost, function: Running, preview: str
) -> None:
    id = receive(owner, host.upload(b"a film", "video") | {"preview": preview})
    assert function.run(file_of(api, owner, id)["id"])
    file = file_of(api, owner, id)
    assert (file["status"], file["thumbnailUrl"]) == ("available", None)


@pytest.mark.parametrize(
    "data", [BOMB, b"<svg onload='alert(1)'/>", b"GIF89a", b""], ids=["bomb", "svg", "cut", "none"]
)
def test_what_is_no_picture_or_too_large_a_one_is_kept_without_a_thumbnail(
    api: Api, owner: Owner, host: MediaHost, function: Running, data: bytes
) -> None:
    media = host.upload(data, "image")
    id = receive(owner, {**media, "mimetype": "image/svg+xml", "fileName": "../../x\n.svg"})
    assert function.run(file_of(api, owner, id)["id"])
    file = file_of(api, owner, id)
    assert file["status"] == "available" and file["thumbnailUrl"] is None
    assert api.get(f"{message_of(api, owner, id)['mediaUrl']}/thumbnail").status_code == 404
    served = download(api, message_of(api, owner, id)["mediaUrl"])
    if data is not BOMB:
        assert served.headers["content-type"] == "application/octet-stream"
        assert served.headers["content-disposition"].startswith('attachment; filename="x.svg"')


def test_another_users_file_is_not_found(api: Api, owner: Owner, host: MediaHost, function: Running) -> None:
    id = receive(owner, host.upload(b"hello", "document"))
    media_id = file_of(api, owner, id)["id"]
    function.run(media_id)
    other = api.as_user()
    own = other.linked_session()
    for path in (f"/sessions/{owner.session_id}/media/{media_id}", f"/sessions/{own.session_id}/media/{media_id}"):
        for end in ("", "/thumbnail"):
            assert other.get(path + end).status_code == 404


def test_while_s3_is_away_it_is_tried_again(
    api: Api, owner: Owner, host: MediaHost, function: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = receive(owner, host.upload(b"hello", "document"))
    media_id = file_of(api, owner, id)["id"]
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
        function.reconnect_storage()
        assert function.run(media_id)
    assert file_of(api, owner, id)["status"] == "pending"
    function.reconnect_storage()
    function.make_due(media_id)
    assert function.run(media_id)
    assert download(api, message_of(api, owner, id)["mediaUrl"]).content == b"hello"


def test_a_file_of_which_nothing_is_stored_says_so(function: Running) -> None:
    with pytest.raises(FileMissing):
        function.storage.size("nothing")


def test_a_file_of_the_history_is_fetched_when_it_is_asked_for(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    data = secrets.token_bytes(1000)
    old = Incoming("M1", BOB, BOB, False, NOW, "image", media=host.upload(data, "image"))
    with owner.fenced() as fence:
        chat = found_chats.chat_at(fence, BOB, None, "user")
        history.store(fence, chat, [(old, MessageStatus.READ)])
        [row] = messages.page(fence.connection, fence.session_id, chat_id=chat.id, before=None, limit=10)
    shown = message_of(api, owner, str(row.id))
    assert (shown["origin"], shown["media"]["status"]) == ("history", "on_demand")
    assert not function.run(shown["media"]["id"])
    asked = api.get(shown["mediaUrl"])
    assert (asked.status_code, asked.json()["code"]) == (409, "media_pending")
    assert message_of(api, owner, str(row.id))["media"]["status"] == "pending"
    assert function.run(shown["media"]["id"])
    assert download(api, shown["mediaUrl"]).content == data
