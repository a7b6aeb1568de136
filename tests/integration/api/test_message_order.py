"""In which order messages and chats come, and which cursors of earlier releases are still read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from functions.api.http import pagination
from gateway.store import incoming
from gateway.store.incoming import Incoming
from tests.integration.api.server import BOB, EVE, Api, Owner
from tests.integration.api.test_lists import texts


def test_a_chat_is_in_the_order_of_whatsapps_time_and_a_session_in_that_of_storing(api: Api, owner: Owner) -> None:
    for seconds, text in [(60, "first"), (20, "third"), (40, "second")]:
        receive_ago(owner, text, seconds)
    owner.receive("by another", "AB4", EVE)
    pages: list[list[str]] = []
    cursor: str | None = None
    while cursor is not None or not pages:
        following = {"cursor": cursor} if cursor else {}
        page = api.get(f"{owner.path}/messages", chat=BOB.phone_number, limit=1, **following).json()
        cursor = page["nextCursor"]
        pages.append(texts(page))
    assert pages == [["third"], ["second"], ["first"]]
    assert texts(api.get(f"{owner.path}/messages").json()) == ["by another", "second", "third", "first"]


def test_a_chat_that_was_begun_in_the_order_of_storing_is_read_on_so(api: Api, owner: Owner) -> None:
    """As releases before did: their cursors hold an id only."""
    for seconds, text in [(60, "one"), (20, "two"), (40, "three")]:
        receive_ago(owner, text, seconds)
    newest = api.get(f"{owner.path}/messages", limit=1).json()
    second = api.get(f"{owner.path}/messages", chat=BOB.phone_number, limit=1, cursor=newest["nextCursor"]).json()
    third = api.get(f"{owner.path}/messages", chat=BOB.phone_number, limit=1, cursor=second["nextCursor"]).json()
    assert [texts(page) for page in (newest, second, third)] == [["three"], ["two"], ["one"]]


def test_the_cursor_of_a_chat_is_none_of_a_session(api: Api, owner: Owner) -> None:
    for seconds, text in [(60, "one"), (20, "two")]:
        receive_ago(owner, text, seconds)
    cursor = api.get(f"{owner.path}/messages", chat=BOB.phone_number, limit=1).json()["nextCursor"]
    assert api.get(f"{owner.path}/messages", cursor=cursor).status_code == 422


def receive_ago(owner: Owner, text: str, seconds: float) -> None:
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    with owner.fenced() as fence:
        incoming.store(fence, [Incoming(text, BOB, BOB, False, at, "text", text, "Bob")])


def test_a_cursor_of_before_goes_on_with_the_chats_of_its_second(api: Api, owner: Owner) -> None:
    """It names a chat, not the chat's last message."""
    for text, sender in [("one", EVE), ("two", BOB)]:
        owner.receive(text, text, sender)
    [last] = api.get(f"{owner.path}/chats", limit=1).json()["chats"]
    at = datetime.fromisoformat(last["lastMessage"]["timestamp"])
    cursor = pagination.encode("chats", at, UUID(last["id"]))
    page = api.get(f"{owner.path}/chats", cursor=cursor).json()
    assert [chat["lastMessage"]["content"] for chat in page["chats"]] == ["two", "one"]
