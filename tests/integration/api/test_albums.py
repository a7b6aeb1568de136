"""Albums that are sent: one message for the whole and one for each part, in one request."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from tests.integration.api.server import JSON, Api, Owner
from tests.integration.api.test_sending_kinds import TO, queued

PICTURE: JSON = {"type": "image", "media": {"url": "https://example.com/flat.jpg"}}


@pytest.mark.parametrize(
    ("pictures", "field"),
    [
        ([PICTURE], "parts"),
        ([PICTURE] * 11, "parts"),
        ([PICTURE, {**PICTURE, "type": "voice"}], "parts.1.type"),
        ([PICTURE, {"type": "image", "media": {}}], "parts.1.media"),
        *(
            ([PICTURE, {"type": "video", "media": {"url": url}}], "parts.1.media.url")
            for url in ("ftp://x", "http://[::1", "http://a.example/\x00")
        ),
        ([{**PICTURE, "caption": " "}, PICTURE], "parts.0.caption"),
    ],
)
def test_what_is_wrong_is_named(api: Api, owner: Owner, pictures: list[JSON], field: str) -> None:
    answer = api.post(f"{owner.path}/messages", {"to": TO, "type": "album", "parts": pictures})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert owner.unfinished() == []


def test_an_album_is_stored_as_one_thing_with_its_parts(api: Api, owner: Owner) -> None:
    parts = [{**PICTURE, "caption": "the kitchen"}, {**PICTURE, "type": "video"}]
    body = {"to": TO, "type": "album", "parts": parts}
    album = queued(api, owner, body)
    assert album["details"].items() >= {"kind": "album", "images": 1, "videos": 1}.items()
    stored = [api.get(f"{owner.path}/messages/{id}").json() for id in album["details"]["parts"]]
    assert [(each["messageType"], each["content"]) for each in stored] == [("image", "the kitchen"), ("video", None)]
    # None of them leaves before the files of all are there.
    assert [command.has_expired for command in owner.unfinished()] == [False] * 3
    with psycopg.connect(api.parts.urls.admin) as connection:
        held = connection.execute(
            "SELECT bool_and(not_before > now() + interval '1 year') FROM gateway.commands WHERE session_id = %s",
            [owner.session_id],
        ).fetchone()
    assert held == (True,)


def test_an_album_is_made_once_and_not_sent_on(api: Api, owner: Owner) -> None:
    body = {"to": TO, "type": "album", "parts": [PICTURE, PICTURE]}
    key = {"Idempotency-Key": "album-1", "Prefer": "respond-async"}
    first, again = (api.post(f"{owner.path}/messages", body, **key) for _ in range(2))
    assert (again.json()["id"], again.headers["Idempotency-Replayed"]) == (first.json()["id"], "true")
    assert len(owner.unfinished()) == 3
    received = owner.receive("", message_type="album", details={"kind": "album", "images": 2})
    refused = api.post(f"{owner.path}/messages", {"to": TO, "forwardOf": str(received)})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "forwardOf")


def test_a_file_of_an_album_that_is_not_there_is_named(api: Api, owner: Owner) -> None:
    parts = [PICTURE, {"type": "image", "media": {"id": str(owner.session_id)}}]
    answer = api.post(f"{owner.path}/messages", {"to": TO, "type": "album", "parts": parts})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "parts.1.media.id")
    assert owner.unfinished() == []


def test_an_album_of_a_session_that_is_not_there_says_so(api: Api) -> None:
    parts = [{"type": "image", "media": {"base64": "aGVsbG8="}}] * 2
    answer = api.post(f"/sessions/{uuid4()}/messages", {"to": TO, "type": "album", "parts": parts})
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such session.")
    assert "errors" not in answer.json()
