"""Pictures of people: fetched as they are, kept in S3, read through the API, replaced."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.domain.contacts import PictureState
from gateway.store import chats, pictures
from gateway.store.pictures import FoundPicture
from tests.integration.api.server import BOB, Api, Owner
from tests.integration.media.files import download
from tests.integration.media.hosts import MediaHost
from tests.integration.media.pictures import picture
from tests.integration.media.running import Running


def show(owner: Owner, url: str, id: str = "17") -> None:
    """WhatsApp answers where Bob's picture is."""
    with owner.fenced() as fence:
        chat = chats.with_person(fence.connection, fence.session_id, BOB)
        pictures.record(fence, chat.id, FoundPicture(PictureState.SET, id, {"url": url}), datetime.now(UTC))


def contact(api: Api, owner: Owner) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{owner.path}/contacts/{BOB.phone_number}").json()
    return found


def file_of(api: Api, owner: Owner) -> str:
    return str(contact(api, owner)["pictureUrl"]).rpartition("/")[2]


@pytest.fixture
def bob(owner: Owner) -> Owner:
    """Bob has a chat; what is not fetched is not asked for, as nobody is connected."""
    owner.receive("hello")
    owner.lose_connection()
    return owner


def test_a_picture_is_fetched_and_replaced(api: Api, bob: Owner, host: MediaHost, function: Running) -> None:
    first, second = picture(640, 640, "JPEG"), picture(320, 320, "JPEG")
    show(bob, host.show(first))
    url = contact(api, bob)["pictureUrl"]
    assert api.get(url).json()["code"] == "media_pending"
    assert function.run(file_of(api, bob))
    answer = download(api, url)
    assert (answer.content, answer.headers["Content-Type"]) == (first, "image/jpeg")
    assert download(api, f"{url}/thumbnail").headers["Content-Type"] == "image/jpeg"
    show(bob, host.show(second), "18")
    assert function.run(file_of(api, bob))
    assert download(api, contact(api, bob)["pictureUrl"]).content == second
    assert api.get(url).status_code == 410


@pytest.mark.parametrize(
    ("content", "reason"), [(b"no picture", "damaged"), (b"\xff\xd8\xff" + bytes(2_000_001), "too_large")]
)
def test_what_is_no_picture_is_not_kept(
    api: Api, bob: Owner, host: MediaHost, function: Running, content: bytes, reason: str
) -> None:
    show(bob, host.show(content))
    id = file_of(api, bob)
    for _ in range(3):
        function.make_due(id)
        function.run(id)
    assert contact(api, bob)["picture"] == "unknown"
    gone = api.get(f"{bob.path}/media/{id}")
    assert (gone.status_code, gone.json()["reason"]) == (410, reason)


@pytest.mark.parametrize("url", ["https://example.com/picture.jpg", "http://mmg.whatsapp.net/x", "https://127.0.0.1/x"])
def test_an_address_that_is_not_whatsapps_is_not_fetched(api: Api, bob: Owner, function: Running, url: str) -> None:
    show(bob, url)
    id = file_of(api, bob)
    assert function.run(id)
    assert api.get(f"{bob.path}/media/{id}").json()["reason"] == "expired"
