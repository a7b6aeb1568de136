"""Typing, presence and receipts over the API: what is asked of the owner, and what callers see of its answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.commands import CommandKind
from gateway.domain.messages import MessageStatus
from gateway.domain.phone import Address
from gateway.store import chats, presences, receipts
from gateway.store.chats import Chat
from gateway.store.fence import Fence
from tests.integration.api.server import BOB, EVE, Api, Owner
from tests.integration.api.test_groups import remembered, settle

NOW = datetime.now(UTC).replace(microsecond=0)
GROUP_MESSAGE = "3EB0C0FFEE"


@pytest.fixture
def chat(owner: Owner) -> Chat:
    """The chat with Bob."""
    owner.receive("hello")
    with owner.fenced() as fence:
        return chats.find(fence.connection, fence.session_id, BOB)


@pytest.fixture
def on_request(api: Api, owner: Owner) -> None:
    answer = api.request("PATCH", owner.path, json={"presence": "on_request"})
    assert (answer.status_code, answer.json()["presence"]) == (200, "on_request")


@pytest.mark.parametrize(
    ("state", "payload"),
    [
        ("typing", {"composing": True}),
        ("recording", {"composing": True, "recording": True}),
        ("paused", {"composing": False}),
    ],
)
def test_typing_is_asked_of_the_owner(api: Api, owner: Owner, chat: Chat, state: str, payload: dict[str, Any]) -> None:
    answer = api.post(f"{owner.path}/chats/{BOB.phone_number}/typing", {"state": state})
    assert (answer.status_code, answer.json()) == (202, {"status": "queued"})
    (command,) = owner.unfinished()
    assert (command.kind, command.payload) == (CommandKind.TYPING, {"chatId": str(chat.id), **payload})


def test_typing_that_nobody_would_see_is_refused(api: Api, owner: Owner, chat: Chat) -> None:
    path = f"{owner.path}/chats/{chat.id}/typing"
    wrong = api.post(path, {"state": "dreaming"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "state")
    with owner.fenced() as fence:
        chats.with_jid(fence.connection, fence.session_id, "newsletter", "1@newsletter")
    channel = api.post(f"{owner.path}/chats/1@newsletter/typing", {"state": "typing"})
    assert (channel.status_code, channel.json()["reason"]) == (409, "no_typing")
    nobody = api.post(f"{owner.path}/chats/+15550009999/typing", {"state": "typing"})
    assert (nobody.status_code, nobody.json()["detail"]) == (404, "There is no such chat.")
    assert owner.unfinished() == []


@pytest.mark.usefixtures("on_request")
def test_somebody_is_watched(api: Api, owner: Owner, chat: Chat, aside: ThreadPoolExecutor) -> None:
    path = f"{owner.path}/chats/{chat.id}/presence"
    nothing = dict.fromkeys(("online", "lastSeenAt", "changedAt", "watchedUntil"))
    assert api.get(path).json() == {"chatId": str(chat.id), **nothing}
    waiting = aside.submit(api.post, path, {"minutes": 10})

    def watch(fence: Fence) -> dict[str, Any]:
        presences.watch(fence.connection, fence.session_id, chat.id, 600)
        return {"chatId": str(chat.id)}

    command = settle(owner, watch)
    wanted = {"operation": "watch_presence", "chatId": str(chat.id), "minutes": 10}
    assert {name.replace("chat_id", "chatId"): value for name, value in command.payload.items()} == wanted
    answer = waiting.result()
    assert (answer.status_code, answer.json()["online"]) == (200, None)
    assert answer.json()["watchedUntil"]
    with owner.fenced() as fence:
        assert presences.note(fence.connection, chat.id, online=True, last_seen_at=None)
        assert not presences.note(fence.connection, chat.id, online=True, last_seen_at=None)
        assert presences.note(fence.connection, chat.id, online=False, last_seen_at=NOW)
    known = api.get(path).json()
    assert (known["online"], datetime.fromisoformat(known["lastSeenAt"])) == (False, NOW)


@pytest.mark.usefixtures("on_request")
def test_a_watch_is_ended_before_its_time(api: Api, owner: Owner, chat: Chat, aside: ThreadPoolExecutor) -> None:
    path = f"{owner.path}/chats/{chat.id}/presence"
    with owner.fenced() as fence:
        presences.watch(fence.connection, fence.session_id, chat.id, 600)
    waiting = aside.submit(api.request, "DELETE", path)

    def end(fence: Fence) -> dict[str, Any]:
        presences.end(fence.connection, chat.id)
        return {"chatId": str(chat.id)}

    assert settle(owner, end).payload == {"operation": "unwatch_presence", "chat_id": str(chat.id)}
    ended = waiting.result()
    assert ended.status_code == 200
    assert datetime.fromisoformat(ended.json()["watchedUntil"]) <= datetime.now(UTC)
    with owner.fenced() as fence:
        # What WhatsApp tells meanwhile is of nobody who is watched.
        assert not presences.note(fence.connection, chat.id, online=True, last_seen_at=None)
        assert presences.watched(fence.connection, fence.session_id) == []
    owner.lose_connection()
    later = api.request("DELETE", path)
    assert (later.status_code, later.json()["operation"]) == (202, "unwatch_presence")
    assert api.request("DELETE", f"{owner.path}/chats/+15550009999/presence").status_code == 404


def test_nobody_is_watched_by_a_session_that_is_never_available(api: Api, owner: Owner, chat: Chat) -> None:
    assert api.get(owner.path).json()["presence"] == "off"
    path = f"{owner.path}/chats/{chat.id}/presence"
    answer = api.post(path, {})
    assert (answer.status_code, answer.json()["reason"]) == (409, "presence_off")
    for minutes in (0, 61):
        wrong = api.post(path, {"minutes": minutes})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "minutes")
    wrong = api.request("PATCH", owner.path, json={"presence": "sometimes"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "presence")


@pytest.mark.usefixtures("on_request")
def test_only_people_are_online(api: Api, owner: Owner) -> None:
    with owner.fenced() as fence:
        path = f"{owner.path}/chats/{remembered(fence)['chatId']}/presence"
    for answer in (api.get(path), api.post(path, {}), api.request("DELETE", path)):
        assert (answer.status_code, answer.json()["reason"]) == (409, "no_presence")


def test_a_chat_that_is_merged_keeps_who_is_watched(owner: Owner, chat: Chat) -> None:
    with owner.fenced() as fence:
        by_number = chats.with_person(fence.connection, fence.session_id, Address(phone_number="+15550007777"))
        presences.watch(fence.connection, fence.session_id, by_number.id, 600)
        lid = Address(lid="100000000000777@lid")
        chats.with_person(fence.connection, fence.session_id, lid)
        merged = chats.with_person(fence.connection, fence.session_id, Address(lid.lid, "+15550007777"))
        assert presences.find(fence.connection, merged.id) is not None


def tell(owner: Owner, member: Address, status: MessageStatus, after: int) -> None:
    with owner.fenced() as fence:
        receipts.apply(fence, [GROUP_MESSAGE], status, NOW + timedelta(seconds=after), member)


def test_each_of_a_group_has_a_receipt(api: Api, owner: Owner) -> None:
    with owner.fenced() as fence:
        house = remembered(fence)["chatId"]
    queued = api.post(f"{owner.path}/messages", {"to": house, "text": "at nine"}, Prefer="respond-async")
    where = f"{owner.path}/messages/{queued.json()['id']}/receipts"
    assert api.get(where).json() == {"receipts": []}
    tell(owner, EVE, MessageStatus.DELIVERED, 1)
    owner.deliver_next(GROUP_MESSAGE, None)
    tell(owner, BOB, MessageStatus.DELIVERED, 2)
    for after in (3, 9):
        tell(owner, BOB, MessageStatus.READ, after)
    shown = api.get(where).json()["receipts"]
    assert [(each["jid"], each["readAt"] is not None) for each in shown] == [(BOB.jid, True), (EVE.jid, False)]
    assert datetime.fromisoformat(shown[0]["readAt"]) == NOW + timedelta(seconds=3)


def test_a_person_has_the_receipts_of_the_message(api: Api, owner: Owner, chat: Chat) -> None:
    queued = api.post(f"{owner.path}/messages", {"to": str(chat.id), "text": "at nine"}, Prefer="respond-async")
    where = f"{owner.path}/messages/{queued.json()['id']}/receipts"
    owner.deliver_next("3EB0F00D")
    assert api.get(where).json() == {"receipts": []}
    with owner.fenced() as fence:
        receipts.apply(fence, ["3EB0F00D"], MessageStatus.READ, NOW)
    (shown,) = api.get(where).json()["receipts"]
    assert (shown["jid"], shown["phoneNumber"], shown["playedAt"]) == (BOB.jid, BOB.phone_number, None)
    assert datetime.fromisoformat(shown["readAt"]) == NOW
    received = owner.receive("at nine?", "AB02")
    answer = api.get(f"{owner.path}/messages/{received}/receipts")
    assert (answer.status_code, answer.json()["reason"]) == (409, "not_sent_here")
