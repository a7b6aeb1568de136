"""Kinds of messages that are sent: what is stored of each, and which field is named where something is wrong."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from gateway.domain.commands import CommandError, CommandKind
from tests.integration.api.server import JSON, Api, Owner

TO = "+15550002002"
PLACE: JSON = {"type": "location", "latitude": 52.52, "longitude": 13.405, "name": "The flat"}
POLL: JSON = {"type": "poll", "question": "When?", "options": ["Tue", "Fri"]}
CARDS: JSON = {"type": "contacts", "contacts": [{"name": "Mara", "phones": ["+49 151 12345678"]}]}


def send_next(owner: Owner) -> UUID:
    """Send the next message, by a WhatsApp id of its own."""
    return owner.deliver_next(f"3EB0{secrets.token_hex(8)}")


def sent(api: Api, owner: Owner, aside: ThreadPoolExecutor, body: JSON) -> JSON:
    """Return the message as it is read after the owner has sent it."""
    delivery = aside.submit(send_next, owner)
    answer = api.post(f"{owner.path}/messages", {"to": TO, **body})
    assert (answer.status_code, answer.json()["id"]) == (201, str(delivery.result())), answer.text
    message: JSON = api.get(answer.headers["Location"]).json()
    return message


def queued(api: Api, owner: Owner, body: JSON, path: str = "") -> JSON:
    answer = api.post(f"{owner.path}/messages{path}", body, Prefer="respond-async")
    assert answer.status_code == 202, answer.text
    message: JSON = api.get(answer.headers["Location"]).json()
    return message


def test_each_kind_is_stored_with_what_it_holds(api: Api, owner: Owner) -> None:
    place = queued(api, owner, {"to": TO, **PLACE})
    assert (place["messageType"], place["location"]) == (
        "location",
        {"latitude": 52.52, "longitude": 13.405, "name": "The flat"},
    )
    poll = queued(api, owner, {"to": TO, **POLL})
    assert (poll["details"]["options"], poll["details"]["selectable"]) == (["Tue", "Fri"], 1)
    assert queued(api, owner, {"to": TO, **POLL, "multiple": True})["details"]["selectable"] == 0
    card = queued(api, owner, {"to": TO, **CARDS})
    assert card["messageType"] == "contact"
    assert card["details"]["contacts"][0]["phones"] == [
        {"number": "+4915112345678", "label": None, "whatsapp": "+4915112345678"}
    ]
    assert {command.kind for command in owner.unfinished()} == {CommandKind.SEND_MESSAGE}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "buttons", "text": "x"}, "type"),
        ({"type": 5, "text": "x"}, "type"),
        ({"type": None, "text": "x"}, "type"),
        ({"text": ""}, "text"),
        ({}, "text"),
        ({"text": "x", "latitude": 1}, "latitude"),
        ({**PLACE, "latitude": 91}, "latitude"),
        ({**PLACE, "longitude": "east"}, "longitude"),
        ({**PLACE, "name": ""}, "name"),
        ({**POLL, "options": ["Tue"]}, "options"),
        ({**POLL, "options": [str(number) for number in range(13)]}, "options"),
        ({**POLL, "options": ["Tue", "Tue"]}, "options.1"),
        ({**POLL, "question": ""}, "question"),
        ({**CARDS, "contacts": []}, "contacts"),
        ({**CARDS, "contacts": [{"name": "Mara", "phones": ["12"]}]}, "contacts.0.phones.0"),
        ({**CARDS, "contacts": [{"phones": ["+4915112345678"]}]}, "contacts.0.name"),
        ({"text": "Hello", "mentions": ["+15550002002"]}, "mentions.0"),
        ({"text": "Hello", "mentions": ["nobody"]}, "mentions.0"),
        ({"text": "Hello", "replyTo": "x"}, "replyTo"),
        ({"forwardOf": 5}, "forwardOf"),
    ],
)
def test_what_is_wrong_is_named(api: Api, owner: Owner, body: JSON, field: str) -> None:
    answer = api.post(f"{owner.path}/messages", {"to": TO, **body})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert owner.unfinished() == []


def test_a_reply_quotes_a_message_of_the_same_chat(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    first = sent(api, owner, aside, {"text": "When?"})
    reply = queued(api, owner, {"to": TO, **PLACE, "replyTo": first["id"]})
    assert (reply["quotedId"], reply["quotedMessageId"]) == (first["id"], first["messageId"])
    assert (reply["quote"]["text"], reply["quote"]["messageType"]) == ("When?", "text")
    elsewhere = api.post(f"{owner.path}/messages", {"to": "+15550002009", "text": "x", "replyTo": first["id"]})
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["field"]) == (422, "replyTo")
    waiting = api.post(f"{owner.path}/messages", {"to": TO, "text": "x", "replyTo": reply["id"]})
    assert (waiting.status_code, waiting.json()["reason"]) == (409, "not_sent")


def test_a_message_is_sent_on(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    for body in ({"text": "When?"}, PLACE, POLL, CARDS):
        first = sent(api, owner, aside, body)
        again = queued(api, owner, {"to": TO, "forwardOf": first["id"]})
        same = ("messageType", "content", "location", "details")
        assert {name: again[name] for name in same} == {name: first[name] for name in same}
        send_next(owner)


def test_mentions_are_in_the_text(api: Api, owner: Owner) -> None:
    body = {"to": TO, "text": "@15550002002 and @100000000000003", "mentions": [TO, "100000000000003@lid"]}
    queued(api, owner, body)
    (command,) = owner.unfinished()
    assert command.kind == CommandKind.SEND_MESSAGE


def test_what_belongs_to_another_user_is_not_there(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    message = sent(api, owner, aside, {"text": "When?"})
    other = api.as_user()
    own = other.linked_session()
    for path, body in (("", {"text": "x"}), ("/reactions", {"emoji": "👍"}), ("/pin", {"seconds": 86400})):
        for session in (owner, own):
            method = "PATCH" if not path else "POST"
            answer = other.request(method, f"{session.path}/messages/{message['id']}{path}", json=body)
            assert answer.status_code == 404, answer.text
    for named in ("replyTo", "forwardOf"):
        answer = other.post(
            f"{own.path}/messages", {"to": TO, named: message["id"]} | ({"text": "x"} if named == "replyTo" else {})
        )
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, named)


def _age(api: Api, message: JSON, **ago: float) -> None:
    with psycopg.connect(api.parts.urls.admin) as connection:
        connection.execute(
            "UPDATE gateway.whatsapp_explorer_messages SET sent_at = %s WHERE id = %s",
            [datetime.now(UTC) - timedelta(**ago), message["id"]],
        )


def test_an_edit_has_its_window_and_is_applied_when_it_was_sent(
    api: Api, owner: Owner, aside: ThreadPoolExecutor
) -> None:
    message = sent(api, owner, aside, {"text": "at nine"})
    path = f"{owner.path}/messages/{message['id']}"
    key = {"Idempotency-Key": "edit-1", "Prefer": "respond-async"}
    edit = api.request("PATCH", path, json={"text": "at ten"}, headers=key)
    assert edit.status_code == 202
    assert api.get(path).json()["content"] == "at nine"
    send_next(owner)
    assert api.get(path).json()["content"] == "at ten"
    assert api.get(edit.headers["Location"]).json()["content"] is None
    _age(api, message, minutes=16)
    late = api.request("PATCH", path, json={"text": "at ten"}, headers={"Idempotency-Key": "edit-2"})
    assert (late.status_code, late.json()["reason"]) == (409, "edit_window_over")
    replayed = api.request("PATCH", path, json={"text": "at ten"}, headers=key)
    assert (replayed.status_code, replayed.headers["Idempotency-Replayed"]) == (201, "true")
    empty = api.request("PATCH", path, json={"text": " "})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "text")


def test_a_change_that_failed_is_made_again_and_not_sent_again(
    api: Api, owner: Owner, aside: ThreadPoolExecutor
) -> None:
    message = sent(api, owner, aside, {"text": "at nine"})
    path = f"{owner.path}/messages/{message['id']}"
    edit = api.request("PATCH", path, json={"text": "at ten"}, headers={"Prefer": "respond-async"})
    owner.fail_next(CommandError.REFUSED)
    again = api.post(f"{edit.headers['Location']}/resend")
    assert (again.status_code, again.json()["reason"]) == (409, "not_resendable")
    assert api.get(path).json()["content"] == "at nine"


def test_in_a_group_others_are_named_and_only_an_admin_deletes_what_they_wrote(api: Api, owner: Owner) -> None:
    received = owner.receive("spam", group_jid="123@g.us", chat_kind="group")
    path = f"{owner.path}/messages/{received}"
    refused = api.request("DELETE", path)
    assert (refused.status_code, refused.json()["reason"]) == (409, "not_admin")
    with psycopg.connect(api.parts.urls.admin) as connection:
        connection.execute(
            "UPDATE gateway.chats SET admins = '{+4915112345678}' WHERE session_id = %s AND jid = '123@g.us'",
            [owner.session_id],
        )
    answer = api.request("DELETE", path, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    outgoing = owner.message(answer.json()["id"]).outgoing or {}
    assert outgoing["target"] == {"fromMe": False, "author": "100000000000002@lid"}
    timer = api.request("PUT", f"{owner.path}/chats/123@g.us/disappearing", json={"seconds": 0})
    assert (timer.status_code, timer.json()["reason"]) == (409, "group_setting")


def test_only_own_messages_are_edited_and_deleted(api: Api, owner: Owner) -> None:
    received = owner.receive("Hello")
    path = f"{owner.path}/messages/{received}"
    for method, body in (("PATCH", {"text": "x"}), ("DELETE", None)):
        answer = api.request(method, path, **({"json": body} if body else {}))
        assert (answer.status_code, answer.json()["reason"]) == (409, "not_own")


def test_a_deletion_has_its_window_and_empties_the_message(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    message = sent(api, owner, aside, {"text": "at nine"})
    path = f"{owner.path}/messages/{message['id']}"
    _age(api, message, hours=61)
    late = api.request("DELETE", path)
    assert (late.status_code, late.json()["reason"]) == (409, "delete_window_over")
    _age(api, message, hours=1)
    assert api.request("DELETE", path, headers={"Prefer": "respond-async"}).status_code == 202
    send_next(owner)
    emptied = api.get(path).json()
    assert (emptied["content"], emptied["deletedAt"] is not None) == (None, True)
    again = api.request("DELETE", path)
    assert (again.status_code, again.json()["reason"]) == (409, "deleted")


def test_reactions_are_gathered_once_they_were_sent(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    message = sent(api, owner, aside, {"text": "at nine"})
    path = f"/{message['id']}/reactions"
    for wrong in ("x", "👍👍", "👍 "):
        answer = api.post(f"{owner.path}/messages{path}", {"emoji": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "emoji")
    reaction = queued(api, owner, {"emoji": "👍🏽"}, path)
    assert (reaction["messageType"], reaction["targetId"]) == ("reaction", message["id"])
    here = f"{owner.path}/messages/{message['id']}"
    assert api.get(here).json()["reactions"] == []
    send_next(owner)
    (mark,) = api.get(here).json()["reactions"]
    assert (mark["emoji"], mark["fromMe"]) == ("👍🏽", True)
    queued(api, owner, {"emoji": None}, path)
    send_next(owner)
    assert api.get(here).json()["reactions"] == []
    # A reaction is not the last message of its chat.
    assert api.get(f"{owner.path}/chats").json()["chats"][0]["lastMessage"]["id"] == message["id"]
    nested = api.post(f"{owner.path}/messages/{reaction['id']}/reactions", {"emoji": "👍"})
    assert (nested.status_code, nested.json()["reason"]) == (409, "not_a_message")


def test_a_message_is_pinned_for_a_time(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    message = sent(api, owner, aside, {"text": "at nine"})
    pin = queued(api, owner, {"seconds": 86_400}, f"/{message['id']}/pin")
    assert pin["details"] == {"kind": "pin", "pinned": True}
    wrong = api.post(f"{owner.path}/messages/{message['id']}/pin", {"seconds": 5})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "seconds")
    unpin = api.request("DELETE", f"{owner.path}/messages/{message['id']}/pin", headers={"Prefer": "respond-async"})
    assert api.get(unpin.headers["Location"]).json()["details"] == {"kind": "pin", "pinned": False}


def test_messages_of_a_chat_disappear_from_when_that_was_sent(
    api: Api, owner: Owner, aside: ThreadPoolExecutor
) -> None:
    sent(api, owner, aside, {"text": "at nine"})
    chat = f"{owner.path}/chats/{TO}/disappearing"
    wrong = api.request("PUT", chat, json={"seconds": 5})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "seconds")
    answer = api.request("PUT", chat, json={"seconds": 604_800}, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    assert api.get(f"{owner.path}/chats").json()["chats"][0]["disappearingSeconds"] is None
    send_next(owner)
    assert api.get(f"{owner.path}/chats").json()["chats"][0]["disappearingSeconds"] == 604_800
