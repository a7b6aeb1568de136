"""The log over all sessions of a key, as the API shows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from gateway.domain.access import Scope
from tests.integration.api.server import Api, Owner
from tests.integration.api.test_access import as_app, limited, token_of

JSON = dict[str, Any]


def read(api: Api, after: str = "earliest", **query: Any) -> JSON:
    answer = api.get("/events", after=after, **query)
    assert answer.status_code == 200, answer.text
    document: JSON = answer.json()
    return document


def ids(page: JSON) -> list[str]:
    return [event["id"] for event in page["events"]]


def test_an_event_carries_the_message_as_the_api_shows_it(api: Api, owner: Owner) -> None:
    cursor = read(api, "latest")
    assert cursor["events"] == []
    stored = owner.receive("hello")
    [event] = read(api, cursor["nextCursor"])["events"]
    message = api.get(f"{owner.path}/messages/{stored}").json()
    del message["timeline"]
    data = {"id": str(stored), "messageId": message["messageId"], "chatId": message["chatId"], "fromMe": False}
    assert event == {
        "id": event["id"],
        "type": "message.received",
        "timestamp": event["timestamp"],
        "sessionId": str(owner.session_id),
        "userProfileId": str(api.user),
        "seq": event["seq"],
        "data": {**data, "messageType": "text", "message": message},
    }
    [bare] = read(api, cursor["nextCursor"], payload="ids")["events"]
    assert bare == {**event, "data": {**data, "messageType": "text"}}
    assert "hello" not in str(bare)


def test_the_log_of_a_session_shows_the_same_envelopes(api: Api, owner: Owner) -> None:
    owner.receive("hello")
    for payload in ("full", "ids"):
        everywhere = read(api, sessionIds=owner.session_id, payload=payload)["events"]
        own = api.get(f"{owner.path}/events", payload=payload).json()
        assert own["events"] == everywhere
        assert own["nextAfter"] == everywhere[-1]["seq"]


def test_a_message_that_quotes_one_of_another_session_finds_its_own(api: Api) -> None:
    one, other = api.linked_session(), api.linked_session()
    quoted = [owner.receive("question", "AB01") for owner in (one, other)]
    cursor = read(api, "latest")["nextCursor"]
    for owner in (one, other):
        owner.receive("answer", "AB02", quoted_id="AB01")
    found = read(api, cursor)["events"]
    assert [event["data"]["message"]["quotedId"] for event in found] == [str(each) for each in quoted]


def test_it_is_read_to_the_end_page_by_page(api: Api, owner: Owner) -> None:
    for number in range(5):
        owner.receive(f"{number}", f"AB{number:02}")
    whole, cursor, pages = read(api), "earliest", []
    while page := read(api, cursor, limit=2):
        if not page["events"]:
            break
        pages += ids(page)
        cursor = page["nextCursor"]
    assert pages == ids(whole)
    assert ids(read(api, whole["events"][2]["id"])) == ids(whole)[3:]
    assert read(api, whole["nextCursor"])["events"] == []


def test_a_key_reads_what_it_reaches(api: Api, owner: Owner) -> None:
    other, stranger = api.linked_session(), api.as_user().linked_session()
    mine, foreign = str(owner.session_id), str(stranger.session_id)

    def sessions(reader: Api, **query: Any) -> set[str]:
        return {event["sessionId"] for event in read(reader, **query)["events"]}

    assert sessions(api) == {mine, str(other.session_id)}
    assert sessions(limited(api, Scope.READ, sessions=(mine,))) == {mine}
    assert sessions(token_of(api, [mine], Scope.READ)) == {mine}
    assert sessions(api, sessionIds=f"{mine},{foreign}") == {mine}
    assert sessions(as_app(api), sessionIds=f"{mine},{foreign}") == {mine, foreign}


def test_types_are_chosen(api: Api, owner: Owner) -> None:
    owner.receive("hello")
    both = read(api, types="message.received, session.state")["events"]
    assert {event["type"] for event in both} == {"message.received", "session.state"}
    assert {event["type"] for event in read(api, types="message.received")["events"]} == {"message.received"}


def test_a_message_that_is_gone_is_left_out(api: Api, owner: Owner) -> None:
    cursor = read(api, "latest")["nextCursor"]
    owner.receive("hello")
    assert api.request("DELETE", owner.path).status_code == 204
    received = read(api, cursor)["events"][0]
    assert received["type"] == "message.received"
    assert "message" not in received["data"]


def test_a_cursor_older_than_what_is_kept_is_told(api: Api, owner: Owner) -> None:
    cursor = read(api, limit=1)["nextCursor"]
    with psycopg.connect(api.parts.urls.admin) as connection:
        newest = "SELECT xid FROM gateway.events ORDER BY xid DESC LIMIT 1"
        connection.execute(f"UPDATE gateway.event_horizon SET xid = ({newest})")
    answer = api.get("/events", after=cursor)
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")
    with psycopg.connect(api.parts.urls.admin) as connection:
        connection.execute("UPDATE gateway.event_horizon SET xid = '0'")
    assert api.get("/events", after=cursor).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": "17"}, "after"),
        ({"after": "first"}, "after"),
        ({"types": "message.recieved"}, "types"),
        ({"types": "message.received,,"}, "types"),
        ({"sessionIds": "office"}, "sessionIds"),
        ({"sessionIds": ",".join([str(UUID(int=0))] * 101)}, "sessionIds"),
        ({"payload": "none"}, "payload"),
        ({"limit": 201}, "limit"),
        ({"session": "x"}, "session"),
    ],
)
def test_a_wrong_parameter_is_named(api: Api, query: JSON, field: str) -> None:
    answer = api.get("/events", **query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_many_messages_are_fetched_by_their_ids(api: Api, owner: Owner) -> None:
    stored = [str(owner.receive("x", f"AB{number:02}")) for number in range(3)]
    foreign = str(api.linked_session().receive("x", "AB09"))
    wanted = ",".join([stored[0], stored[2], foreign, str(uuid4())])
    found = api.get(f"{owner.path}/messages", ids=wanted).json()["messages"]
    assert [message["id"] for message in found] == [stored[2], stored[0]]
    for wrong in ("x", "", ",".join([stored[0]] * 201)):
        refused = api.get(f"{owner.path}/messages?ids={wrong}")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "ids")
