"""Files in bubbles: what is shown of each kind, and why one is not there."""

from __future__ import annotations

from typing import Any

import pytest

from functions.explorer.attachments import Attachment
from functions.explorer.message_view import MessageView
from tests.unit.explorer.test_views import bubble, view

PATH = "/sessions/0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10/media/0198c7a6-2c3d-7a00-9a55-0c0d6f7e8a91"


def with_file(kind: str, **media: Any) -> MessageView:
    known = {"status": "available", "mimetype": "image/jpeg", "size": 48_211, **media}
    return view(messageType=kind, content="the flat", mediaUrl=PATH, media=known, details=None)


def attachment(kind: str, **media: Any) -> Attachment:
    found = with_file(kind, **media).attachment
    assert found
    return found


@pytest.mark.parametrize(
    ("kind", "element"),
    [("image", "<img "), ("sticker", "<img "), ("video", "<video "), ("audio", "<audio "), ("voice", "<audio "),
     ("document", '<a class="file"')],
)  # fmt: skip
def test_each_kind_has_its_element(kind: str, element: str) -> None:
    html = bubble(with_file(kind, fileName="lease.pdf", seconds=75))
    assert element in html
    assert f"/explorer{PATH}" in html
    assert "the flat" in html


def test_a_picture_keeps_its_room_and_shows_its_small_copy() -> None:
    html = bubble(with_file("image", width=4000, height=1000, thumbnailUrl=f"{PATH}/thumbnail"))
    assert f'src="/explorer{PATH}/thumbnail" width="300" height="75"' in html
    assert 'alt="the flat"' in html
    assert attachment("image").box == (300, 225)


def test_a_film_shows_its_thumbnail_until_it_is_played() -> None:
    assert f'poster="/explorer{PATH}/thumbnail"' in bubble(with_file("video", thumbnailUrl=f"{PATH}/thumbnail"))
    assert "poster" not in bubble(with_file("video"))


@pytest.mark.parametrize(
    ("media", "said"),
    [
        ({"status": "pending"}, "The file is on its way."),
        ({"status": "unavailable", "reason": "expired"}, "WhatsApp does not have the file any more."),
        ({"status": "erased", "reason": "retention"}, ""),
        ({"status": "unavailable", "reason": "newer than this page"}, "The file is not available."),
    ],
)
def test_a_file_that_is_not_there_says_why(media: dict[str, Any], said: str) -> None:
    shown = with_file("image", **media)
    html = bubble(shown)
    assert "<img" not in html
    assert "Photo" in html
    assert shown.attachment
    assert shown.attachment.missing
    assert said in html
    assert ("spinner" in html) == (media["status"] == "pending")


def test_facts_are_written_as_people_read_them() -> None:
    film = attachment("video", seconds=75, mimetype="video/mp4", size=3_400_000)
    assert film.facts == "1:15 · video/mp4 · 3.4 MB"
    assert attachment("document", mimetype=None, size=12).facts == "1 kB"


def test_what_a_sender_names_a_file_is_text() -> None:
    assert "&lt;script&gt;" in bubble(with_file("document", fileName="<script>.pdf"))


def test_of_a_deleted_message_no_file_is_shown() -> None:
    shown = view(
        messageType="image", mediaUrl=PATH, media={"status": "available"}, deletedAt="2026-08-21T09:40:02.000Z"
    )
    assert shown.attachment is None
