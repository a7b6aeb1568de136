"""What limits the lists of messages, chats and sessions; and that nothing else is taken for a filter."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.api.openapi import FILE
from gateway.domain.access import Scope
from gateway.domain.commands import CommandError
from gateway.domain.phone import Address
from gateway.domain.sessions import Reason, SessionState
from gateway.store import incoming
from gateway.store.incoming import Incoming
from tests.integration.api.server import BOB, EVE, Api, Owner
from tests.integration.api.test_access import limited
from tests.integration.api.test_auth import NOWHERE, OPERATIONS

LONG_AGO = datetime(2020, 2, 1, 12, 0, tzinfo=UTC)


def texts(api: Api, owner: Owner, **query: object) -> list[str]:
    answer = api.get(f"{owner.path}/messages", **query)
    assert answer.status_code == 200, answer.text
    return [message["content"] for message in answer.json()["messages"]]


def receive_at(owner: Owner, text: str, at: datetime) -> None:
    with owner.fenced() as fence:
        incoming.store(fence, [Incoming(f"AT{at.timestamp():.0f}", BOB, BOB, False, at, "text", text, "Bob")])


@pytest.fixture
def talk(api: Api, owner: Owner) -> Owner:
    """Two texts and a picture came in; one text was sent, one failed."""
    owner.receive("Where is my key?", "AB1", BOB)
    owner.receive("The door is GRÜN", "AB2", EVE, push_name="Éve")
    owner.receive("100% wool", "AB3", BOB, message_type="image")
    for text in ("sent", "failed"):
        api.post(f"{owner.path}/messages", {"to": BOB.phone_number, "text": text}, Prefer="respond-async")
        owner.deliver_next("3EB0AA") if text == "sent" else owner.fail_next(CommandError.REFUSED)
    return owner


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"direction": "out"}, ["failed", "sent"]),
        ({"direction": "in"}, ["100% wool", "The door is GRÜN", "Where is my key?"]),
        ({"status": "failed"}, ["failed"]),
        ({"status": "queued"}, []),
        ({"messageType": "image"}, ["100% wool"]),
        ({"messageType": "text", "direction": "in"}, ["The door is GRÜN", "Where is my key?"]),
        ({"search": "grün"}, ["The door is GRÜN"]),
        ({"search": "GRUN"}, ["The door is GRÜN"]),
        ({"search": "u\u0308n"}, ["The door is GRÜN"]),
        ({"search": "is  grun"}, ["The door is GRÜN"]),
        ({"search": "döór"}, ["The door is GRÜN"]),
        ({"search": "(key)?"}, []),
        ({"search": "0% w"}, ["100% wool"]),
        ({"search": "_"}, []),
        ({"messageId": "AB2"}, ["The door is GRÜN"]),
        ({"chat": "+15550002003"}, ["The door is GRÜN"]),
        ({"chat": "+15550002003", "direction": "out"}, []),
        ({"since": "2100-01-01T00:00:00Z"}, []),
        ({"until": "2000-01-01T00:00:00Z"}, []),
        ({"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59-14:00", "status": "failed"}, ["failed"]),
    ],
)
def test_messages_are_limited_by_what_was_given(
    api: Api, talk: Owner, query: dict[str, object], found: list[str]
) -> None:
    assert texts(api, talk, **query) == found


def test_a_time_limits_messages_by_when_they_were_written(api: Api, owner: Owner) -> None:
    for day in range(4):
        receive_at(owner, f"day {day}", LONG_AGO + timedelta(days=day))
    owner.receive("now", "NOW")
    assert texts(api, owner, since="2020-02-02T12:00:00Z", until="2020-02-04T12:00:00Z") == ["day 2", "day 1"]
    assert texts(api, owner, since="2020-02-04T13:00:00+01:00") == ["now", "day 3"]
    assert texts(api, owner, until="2020-02-01T12:00:00.001Z") == ["day 0"]
    unencoded = f"{owner.path}/messages?until=2020-02-01T13:00:01+01:00"
    assert [message["content"] for message in api.get(unencoded).json()["messages"]] == ["day 0"]


def test_pages_of_a_filtered_list_hold_everything_once(api: Api, owner: Owner) -> None:
    for i in range(10):
        owner.receive(f"text {i}", f"AB{i}", message_type="image" if i % 3 == 0 else "text")
    seen: list[str] = []
    page: dict[str, Any] = {"nextCursor": None}
    while not seen or page["nextCursor"]:
        cursor = {"cursor": page["nextCursor"]} if page["nextCursor"] else {}
        page = api.get(f"{owner.path}/messages", messageType="image", limit=2, **cursor).json()
        seen += [message["content"] for message in page["messages"]]
    assert seen == ["text 9", "text 6", "text 3", "text 0"]


def test_what_is_quoted_and_what_is_reacted_to_can_be_looked_up(api: Api, owner: Owner) -> None:
    first = owner.receive("first", "AB1")
    owner.receive("an answer", "AB2", quoted_id="AB1")
    owner.receive("👍", "AB3", message_type="reaction", target_id="AB2")
    owner.receive("to something else", "AB4", quoted_id="3EB0GONE")
    owner.receive("AB1 of another chat", "AB1", EVE, push_name="Eve")
    by_text = {message["content"]: message for message in api.get(f"{owner.path}/messages").json()["messages"]}
    answer = by_text["an answer"]
    assert (answer["quotedMessageId"], answer["quotedId"]) == ("AB1", str(first))
    assert api.get(f"{owner.path}/messages/{answer['quotedId']}").json()["content"] == "first"
    assert (by_text["👍"]["targetMessageId"], by_text["👍"]["targetId"]) == ("AB2", answer["id"])
    assert by_text["to something else"]["quotedId"] is None
    assert api.get(f"{owner.path}/messages/{answer['id']}").json()["quotedId"] == str(first)
    assert texts(api, owner, messageId="AB1", chat="+15550002002") == ["first"]
    listed = api.get(f"{owner.path}/chats", search="Bob").json()["chats"][0]
    assert listed["lastMessage"] == by_text["to something else"]


def test_a_message_names_its_chat_as_the_list_of_chats_does(api: Api, owner: Owner) -> None:
    owner.receive("one", "AB1", push_name="Bob")
    owner.receive("two", "AB2", push_name="Robert")
    chat = api.get(f"{owner.path}/chats").json()["chats"][0]
    messages = api.get(f"{owner.path}/messages").json()["messages"]
    assert {message["chatName"] for message in messages} == {chat["name"]} == {"Robert"}


def test_the_times_in_events_are_written_as_all_others(api: Api) -> None:
    owner = api.owned_session()
    owner.show_qr("2@text")
    status = api.get(f"{owner.path}/status").json()
    shown = [event for event in api.get(f"{owner.path}/events").json()["events"] if event["type"] == "session.qr"]
    assert shown[0]["data"]["expiresAt"] == status["qrExpiresAt"]


@pytest.mark.parametrize(("unread", "names"), [("true", ["Eve"]), ("false", ["Bob"])])
def test_chats_are_limited_to_those_with_unread_messages(api: Api, owner: Owner, unread: str, names: list[str]) -> None:
    owner.receive("hello", "AB1", EVE, push_name="Eve")
    with owner.fenced() as fence:
        incoming.store(fence, [Incoming("AB2", BOB, BOB, True, datetime.now(UTC), "text", "from the phone")])
        fence.connection.execute("UPDATE gateway.chats SET name = 'Bob' WHERE phone_number = %s", [BOB.phone_number])
    assert [chat["name"] for chat in api.get(f"{owner.path}/chats", unread=unread).json()["chats"]] == names


@pytest.mark.parametrize(
    "search",
    [
        "josé",
        "JOSE",
        "ose\u0301",
        "+49 155 5000 0103",
        "(155) 5000-0103",
        "0049 155 50000103",
        "0155 5000 0103",
        "+49 (0) 155 / 5000\u20110103",
        "tel:+4915550000103",
        "155\xa05000\xa00103",
        "0103",
    ],
)
def test_a_chat_is_found_however_its_name_or_number_is_spelled(api: Api, owner: Owner, search: str) -> None:
    owner.receive("x", "AB1", Address("100000000000009@lid", "+4915550000103"), push_name="José")
    owner.receive("x", "AB2", BOB)
    assert [chat["name"] for chat in api.get(f"{owner.path}/chats", search=search).json()["chats"]] == ["José"]


def test_sessions_are_limited_by_the_state_that_is_shown(api: Api, owner: Owner) -> None:
    idle = api.new_session("idle")
    lost = api.linked_session()
    lost.lose_connection()

    def found(status: str) -> set[str]:
        return {session["id"] for session in api.get("/sessions", status=status).json()["sessions"]}

    assert found("connected") == {str(owner.session_id)}
    assert found("connecting") == {str(lost.session_id)}
    assert found("disconnected") == {idle}
    with api.parts.connector.transaction() as connection:
        connection.execute("UPDATE gateway.shard_leases SET owner = NULL WHERE shard = %s", [owner.shard])
    assert str(owner.session_id) in found("connecting")
    assert found("connected") == set()
    with lost.fenced() as fence:
        fence.move(SessionState.DISCONNECTED, Reason.TEMPORARY_BAN)
    assert found("disconnected") == {idle, str(lost.session_id)}


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_operation_ignores_a_parameter(api: Api, method: str, path: str) -> None:
    place = re.sub(r"\{\w+\}", NOWHERE, path)
    answer = limited(api, *Scope).request(method, f"{place}?lmit=5")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "lmit")


def test_every_operation_knows_the_parameters_of_the_document(api: Api, owner: Owner) -> None:
    examples = {"limit": 5, "after": 0, "days": 3, "unread": "true", "chat": BOB.phone_number}
    owner.receive("hello")
    everything = limited(api, *Scope)
    for path, operations in json.loads(FILE.read_text(encoding="utf-8"))["paths"].items():
        named = [each["name"] for each in operations.get("get", {}).get("parameters", []) if each["in"] == "query"]
        place = re.sub(r"\{\w+\}", NOWHERE, path.replace("{session_id}", str(owner.session_id)))
        for name in named:
            answer = everything.get(place, **{name: examples.get(name, "x")})
            refused = (
                [] if answer.status_code == 200 else [error["detail"] for error in answer.json().get("errors", [])]
            )
            assert not any("no such parameter" in detail for detail in refused), (path, name)


@pytest.mark.parametrize("query", ["limit=1&limit=2", "status=failed&status=sent"])
def test_a_parameter_is_given_once(api: Api, owner: Owner, query: str) -> None:
    answer = api.get(f"{owner.path}/messages?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, query.partition("=")[0])


@pytest.mark.parametrize(
    ("query", "field", "detail"),
    [
        ({"status": "lost"}, "status", "Write one of these: queued, sending, sent, delivered, read, played, failed"),
        ({"direction": "up"}, "direction", "Write one of these: in, out."),
        ({"since": "yesterday"}, "since", "Write a moment with its offset from UTC, such as 2026-08-21T09:40:02Z."),
        ({"until": "2026-08-21T09:40:02"}, "until", "Write a moment with its offset"),
        ({"search": ""}, "search", "This must not be empty."),
        ({"search": "a\x00b"}, "search", "This holds characters that are not allowed here."),
        ({"messageType": "x" * 65}, "messageType", "At most 64 characters are allowed."),
    ],
)
def test_a_wrong_filter_is_named_in_our_own_words(
    api: Api, owner: Owner, query: dict[str, object], field: str, detail: str
) -> None:
    (error,) = api.get(f"{owner.path}/messages", **query).json()["errors"]
    assert error["field"] == field
    assert error["detail"].startswith(detail)


@pytest.mark.parametrize("text", ["Straße", "STRASSE", "straẞe", "strasse"])
@pytest.mark.parametrize("search", ["strasse", "Straße"])
def test_a_letter_that_is_written_as_two_is_found_as_either(api: Api, owner: Owner, text: str, search: str) -> None:
    owner.receive(f"Elm {text} 5")
    assert texts(api, owner, search=search) == [f"Elm {text} 5"]


@pytest.mark.parametrize("text", ["한국어", "đường", "Łódź", "Ελλάδα", "100 % (sic!) [a] {b} *c* ^$ a|b \\d"])
def test_any_text_is_found_by_itself(api: Api, owner: Owner, text: str) -> None:
    owner.receive(f"before {text} behind")
    owner.receive("something else", "AB2")
    assert texts(api, owner, search=text) == [f"before {text} behind"]


def test_status_posts_channels_and_lists_are_listed_by_their_kind_only(api: Api, owner: Owner) -> None:
    owner.receive("hello", "AB1", EVE, push_name="Eve")
    others = {"status": "status@broadcast", "newsletter": "120363000000000001@newsletter", "broadcast": "1@broadcast"}
    for kind, jid in others.items():
        owner.receive("news", f"AB{kind}", BOB, group_jid=jid, chat_kind=kind)
    assert [chat["name"] for chat in api.get(f"{owner.path}/chats").json()["chats"]] == ["Eve"]
    for kind, jid in others.items():
        assert [chat["jid"] for chat in api.get(f"{owner.path}/chats", kind=kind).json()["chats"]] == [jid]
    assert api.get(f"{owner.path}/chats", kind="user").json()["chats"][0]["name"] == "Eve"
    assert api.get(f"{owner.path}/chats", kind="channel").status_code == 422
