from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.domain.commands import CommandKind
from gateway.domain.phone import Address
from gateway.store import chats, incoming
from gateway.store.incoming import Incoming
from tests.integration.api.server import BOB, EVE, Api, Owner

GROUP = "120363020000000001@g.us"


def texts(page: dict[str, Any]) -> list[str]:
    return [message["content"] for message in page["messages"]]


def test_messages_come_newest_first_page_by_page(api: Api, owner: Owner) -> None:
    for i in range(5):
        owner.receive(f"text {i}", f"AB{i}")
    first = api.get(f"{owner.path}/messages", limit=2).json()
    second = api.get(f"{owner.path}/messages", limit=2, cursor=first["nextCursor"]).json()
    owner.receive("text 5", "AB5")
    third = api.get(f"{owner.path}/messages", limit=2, cursor=second["nextCursor"]).json()
    assert [texts(page) for page in (first, second, third)] == [
        ["text 4", "text 3"],
        ["text 2", "text 1"],
        ["text 0"],
    ]
    assert third["nextCursor"] is None


def test_a_message_carries_every_address_that_is_known(api: Api, owner: Owner) -> None:
    message_id = owner.receive("hello", quoted_id="3EB0Q1")
    (message,) = api.get(f"{owner.path}/messages").json()["messages"]
    assert {name: message[name] for name in message if not name.endswith("At") and name != "timestamp"} == {
        "id": str(message_id),
        "sessionId": str(owner.session_id),
        "chatId": message["chatId"],
        "messageId": "AB01",
        "remoteJid": "100000000000002@lid",
        "fromMe": False,
        "messageType": "text",
        "content": "hello",
        "mediaUrl": None,
        "status": "received",
        "origin": "contact",
        "automated": False,
        "chatPhoneNumber": "+15550002002",
        "chatLid": "100000000000002@lid",
        "senderPhoneNumber": "+15550002002",
        "senderLid": "100000000000002@lid",
        "pushName": "Bob",
        "chatName": "Bob",
        "quotedMessageId": "3EB0Q1",
        "quotedId": None,
        "targetMessageId": None,
        "targetId": None,
        "reactions": [],
        "earlierAttempts": [],
        "location": None,
        "media": None,
        "details": None,
        "quote": None,
        "error": None,
        "errorDetail": None,
        "turnId": None,
    }
    detail = api.get(f"{owner.path}/messages/{message_id}").json()
    assert [entry["status"] for entry in detail["timeline"]] == ["received"]


def test_media_is_described_without_the_keys_that_open_it(api: Api, owner: Owner) -> None:
    stored = {
        "mimetype": "image/jpeg",
        "fileName": "flat.jpg",
        "fileLength": 81234,
        "width": 1280,
        "height": 720,
        "mediaKey": "c2VjcmV0",
        "directPath": "/v/t62",
        "url": "https://mmg.whatsapp.net/x",
        "fileSha256": "AAAA",
    }
    owner.receive("caption", message_type="image", media=stored)
    answer = api.get(f"{owner.path}/messages")
    assert answer.json()["messages"][0]["media"] == {
        "mimetype": "image/jpeg",
        "fileName": "flat.jpg",
        "size": 81234,
        "seconds": None,
        "width": 1280,
        "height": 720,
        # Nothing was fetched: the row is from before files were.
        **dict.fromkeys(("id", "status", "reason", "sha256", "thumbnailUrl", "motion")),
    }
    assert not any(secret in answer.text for secret in ("c2VjcmV0", "t62", "mmg.whatsapp", "AAAA"))


def test_a_location_is_shown(api: Api, owner: Owner) -> None:
    owner.receive(None, message_type="location", location={"latitude": 52.5, "longitude": 13.4, "name": "Flat"})
    (message,) = api.get(f"{owner.path}/messages").json()["messages"]
    assert message["location"] == {"latitude": 52.5, "longitude": 13.4, "name": "Flat"}


@pytest.mark.parametrize("by", ["id", "+1 555 000 2002", "15550002002@s.whatsapp.net", "100000000000002@lid"])
def test_messages_of_one_chat_are_found_by_any_of_its_names(api: Api, owner: Owner, by: str) -> None:
    owner.receive("from Bob", "AB1", BOB)
    owner.receive("from Eve", "AB2", EVE)
    bob = api.get(f"{owner.path}/chats", search="2002").json()["chats"][0]["id"]
    assert texts(api.get(f"{owner.path}/messages", chat=bob if by == "id" else by).json()) == ["from Bob"]


def test_messages_of_a_group_are_found_by_its_jid(api: Api, owner: Owner) -> None:
    owner.receive("in the group", "AB1", BOB, group_jid=GROUP, chat_kind="group")
    owner.receive("to me", "AB2", BOB)
    assert texts(api.get(f"{owner.path}/messages", chat=GROUP).json()) == ["in the group"]


@pytest.mark.parametrize("chat", ["+15550007777", "100000000009999@lid", "0198c7a6-0000-7000-8000-000000000000", GROUP])
def test_a_chat_that_is_not_known_is_the_same_404_everywhere(api: Api, owner: Owner, chat: str) -> None:
    told = [
        api.get(f"{owner.path}/messages", chat=chat),
        api.get(f"{owner.path}/ai/turns", chat=chat),
        api.post(f"{owner.path}/chats/{chat}/read"),
        api.get(f"{owner.path}/chats/{chat}/takeover"),
    ]
    assert {(answer.status_code, answer.json()["detail"]) for answer in told} == {(404, "There is no such chat.")}


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/messages", {"chat": "nobody"}, "chat"),
        ("/messages", {"chat": "a\x00b"}, "chat"),
        ("/messages", {"chat": ""}, "chat"),
        ("/messages", {"limit": 0}, "limit"),
        ("/messages", {"limit": 201}, "limit"),
        ("/messages", {"limit": "many"}, "limit"),
        ("/messages", {"cursor": "garbage"}, "cursor"),
        ("/messages", {"cursor": "WyJjaGF0cyIsMV0"}, "cursor"),
        ("/messages", {"cursor": "é"}, "cursor"),
        ("/chats", {"cursor": "WyJjaGF0cyJd"}, "cursor"),
        ("/chats", {"search": "a\x00b"}, "search"),
        ("/chats", {"search": "x" * 101}, "search"),
        ("/chats", {"limit": -1}, "limit"),
        ("/events", {"after": -1}, "after"),
        ("/events", {"after": 2**63}, "after"),
        ("/events", {"limit": 0}, "limit"),
        ("/events", {"limit": 1001}, "limit"),
    ],
)
def test_a_wrong_parameter_is_named(api: Api, owner: Owner, path: str, query: dict[str, object], field: str) -> None:
    answer = api.get(owner.path + path, **query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_cursor_of_one_list_is_refused_by_another(api: Api, owner: Owner) -> None:
    for i in range(2):
        owner.receive("x", f"AB{i}", Address(f"10000000000010{i}@lid", f"+1555000210{i}"))
    cursor = api.get(f"{owner.path}/chats", limit=1).json()["nextCursor"]
    assert cursor
    assert api.get(f"{owner.path}/messages", cursor=cursor).status_code == 422


def test_chats_come_last_active_first_with_their_last_message_and_unread_count(api: Api, owner: Owner) -> None:
    owner.receive("one", "AB1", BOB)
    owner.receive("two", "AB2", EVE, push_name="Eve")
    owner.receive("three", "AB3", BOB)
    found = api.get(f"{owner.path}/chats").json()["chats"]
    assert [(c["name"], c["unreadCount"], c["lastMessage"]["content"]) for c in found] == [
        ("Bob", 2, "three"),
        ("Eve", 1, "two"),
    ]
    assert (found[0]["phoneNumber"], found[0]["lid"]) == ("+15550002002", "100000000000002@lid")
    assert (found[0]["kind"], found[0]["jid"]) == ("user", "100000000000002@lid")
    first = api.get(f"{owner.path}/chats", limit=1).json()
    second = api.get(f"{owner.path}/chats", limit=1, cursor=first["nextCursor"]).json()
    assert [first["chats"][0]["name"], second["chats"][0]["name"]] == ["Bob", "Eve"]
    assert second["nextCursor"] is None


@pytest.mark.parametrize(("search", "names"), [("eV", ["Eve"]), ("2002", ["Bob"]), ("%", []), ("_", []), ("zz", [])])
def test_chats_are_searched_by_name_and_number(api: Api, owner: Owner, search: str, names: list[str]) -> None:
    owner.receive("one", "AB1", BOB)
    owner.receive("two", "AB2", EVE, push_name="Eve")
    assert [chat["name"] for chat in api.get(f"{owner.path}/chats", search=search).json()["chats"]] == names


@pytest.mark.parametrize("by", ["id", "+15550002002", "100000000000002@lid"])
def test_reading_a_chat_queues_its_read_receipts(api: Api, owner: Owner, by: str) -> None:
    owner.receive("one", "AB1", BOB)
    chat_id = api.get(f"{owner.path}/chats").json()["chats"][0]["id"]
    answer = api.post(f"{owner.path}/chats/{chat_id if by == 'id' else by}/read", X_Request_ID="chain-6")
    assert (answer.status_code, answer.json()) == (202, {"status": "queued"})
    (command,) = owner.unfinished()
    assert (command.kind, command.payload, command.correlation_id) == (
        CommandKind.MARK_READ,
        {"chatId": chat_id},
        "chain-6",
    )


def test_a_chat_is_read_without_telling_who_wrote(api: Api, owner: Owner) -> None:
    owner.receive("one", "AB1", BOB)
    chat_id = api.get(f"{owner.path}/chats").json()["chats"][0]["id"]
    assert api.post(f"{owner.path}/chats/{chat_id}/read", {"receipts": False}).status_code == 202
    assert [command.payload for command in owner.unfinished()] == [{"chatId": chat_id, "receipts": False}]
    assert api.post(f"{owner.path}/chats/{chat_id}/read", {"receipts": "perhaps"}).status_code == 422


def test_reactions_are_marks_on_their_message(api: Api, owner: Owner) -> None:
    owner.receive("one", "AB1", BOB)
    owner.receive("two", "AB2", BOB)
    for number, (emoji, sender) in enumerate([("👍", BOB), ("🎉", EVE), ("❤️", BOB)]):
        react(owner, f"R{number}", emoji, sender)
    assert [(each["emoji"], each["senderPhoneNumber"]) for each in reactions(api, owner)["AB1"]] == [
        ("🎉", EVE.phone_number),
        ("❤️", BOB.phone_number),
    ]
    react(owner, "R3", "", EVE)
    assert {id: [each["emoji"] for each in found] for id, found in reactions(api, owner).items()} == {
        "AB1": ["❤️"],
        "AB2": [],
    }


def react(owner: Owner, id: str, emoji: str, sender: Address) -> None:
    with owner.fenced() as fence:
        at = datetime.now(UTC)
        came = Incoming(id, BOB, sender, False, at, "reaction", emoji, "Somebody", target_id="AB1")
        incoming.store(fence, [came])


def reactions(api: Api, owner: Owner) -> dict[str, list[dict[str, str]]]:
    messages = api.get(f"{owner.path}/messages", messageType="text").json()["messages"]
    return {message["messageId"]: message["reactions"] for message in messages}


def test_a_plus_sign_that_was_not_encoded_is_understood(api: Api, owner: Owner) -> None:
    owner.receive("one", "AB1", BOB)
    assert len(api.get(f"{owner.path}/messages?chat=+15550002002").json()["messages"]) == 1
    assert len(api.get(f"{owner.path}/chats?search=+1555").json()["chats"]) == 1


def test_reading_a_chat_with_nothing_unread_does_nothing(api: Api, owner: Owner) -> None:
    with owner.fenced() as fence:
        chat = chats.with_person(fence.connection, owner.session_id, BOB)
    answer = api.post(f"{owner.path}/chats/{chat.id}/read")
    assert (answer.status_code, answer.content) == (204, b"")
    assert owner.unfinished() == []


def test_reading_needs_a_session_that_can_send(api: Api, owner: Owner) -> None:
    owner.receive("one")
    api.post(f"{owner.path}/disconnect")
    answer = api.post(f"{owner.path}/chats/%2B15550002002/read")
    assert (answer.status_code, answer.json()["code"]) == (409, "session_cannot_send")


@pytest.mark.parametrize("chat", ["nobody", "+15550007777", "a%00b", GROUP, "x" * 129])
def test_reading_a_chat_that_is_not_there_is_a_404(api: Api, owner: Owner, chat: str) -> None:
    answer = api.post(f"{owner.path}/chats/{chat}/read")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such chat.")


def test_events_are_read_in_order_and_once(api: Api, owner: Owner) -> None:
    path = f"{owner.path}/events"
    known = api.get(path).json()
    assert [event["seq"] for event in known["events"]] == sorted(event["seq"] for event in known["events"])
    assert api.get(path, after=known["nextAfter"]).json() == {"events": [], "nextAfter": known["nextAfter"]}

    stored = owner.receive("hello", "AB9")
    news = api.get(path, after=known["nextAfter"]).json()
    (event,) = news["events"]
    assert (event["type"], event["data"]["id"], event["seq"]) == ("message.received", str(stored), news["nextAfter"])
    assert event["data"]["message"]["content"] == "hello"
    assert "hello" not in api.get(path, after=known["nextAfter"], payload="ids").text
    assert len(api.get(path, limit=1).json()["events"]) == 1
