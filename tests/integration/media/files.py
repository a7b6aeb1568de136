"""Messages with files, and what the API says of them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.integration.api.server import Api, Owner


def receive(owner: Owner, media: dict[str, Any], id: str = "M1", kind: str | None = None) -> str:
    """A message with a file comes in; return our id of it."""
    return str(owner.receive(None, id, message_type=kind or media["kind"], media=media))


def message_of(api: Api, owner: Owner, id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/sessions/{owner.session_id}/messages/{id}").json()
    return found


def file_of(api: Api, owner: Owner, id: str) -> dict[str, Any]:
    found: dict[str, Any] = message_of(api, owner, id)["media"]
    return found


def events_of(api: Api, owner: Owner, kind: str = "message.media") -> list[dict[str, Any]]:
    found = api.get(f"/sessions/{owner.session_id}/events").json()["events"]
    return [event["data"] for event in found if event["type"] == kind]


def download(api: Api, path: str) -> httpx.Response:
    answer = api.get(path)
    assert answer.status_code == 307, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return httpx.get(answer.headers["location"], timeout=30)
