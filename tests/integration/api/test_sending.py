from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import pytest

from gateway.domain.commands import CommandError, CommandKind
from gateway.domain.messages import MessageStatus
from gateway.domain.sessions import Reason, SessionState
from gateway.store import numbers, receipts
from gateway.store.numbers import Number
from infra.local.queues import sqs_client
from tests.integration.api.server import Api, Owner, Parts, until

TEXT = {"to": "+1 555 000 2002", "text": "Grüße 👋🏽 שלום\nzweite Zeile"}


def test_a_send_answers_when_whatsapp_has_the_message(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    delivery = aside.submit(owner.deliver_next, "3EB0F1")
    answer = api.post(f"{owner.path}/messages", TEXT, X_Request_ID="chain-2")
    message_id = str(delivery.result())
    assert answer.status_code == 201
    assert answer.json() == {"id": message_id, "messageId": "3EB0F1", "status": "sent"}
    assert answer.headers["Location"] == f"{owner.path}/messages/{message_id}"
    stored = api.get(answer.headers["Location"]).json()
    assert stored["content"] == TEXT["text"]
    assert stored["fromMe"] is True
    assert stored["chatPhoneNumber"] == "+15550002002"
    assert stored["chatLid"] == stored["remoteJid"] == "100000000000002@lid"
    assert stored["senderPhoneNumber"] == "+4915112345678"
    assert [entry["status"] for entry in stored["timeline"]] == ["queued", "sent"]


def test_the_command_carries_the_request_it_came_from(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/messages", TEXT, Prefer="respond-async", X_Request_ID="chain-3")
    (command,) = owner.unfinished()
    assert (command.kind, command.correlation_id) == (CommandKind.SEND_TEXT, "chain-3")
    assert TEXT["text"] not in str(command.payload)


def test_a_caller_may_prefer_not_to_wait(api: Api, owner: Owner) -> None:
    answer = api.post(f"{owner.path}/messages", TEXT, Prefer="handling=lenient, Respond-Async; wait=5")
    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "respond-async"
    (command,) = owner.unfinished()
    assert answer.json() == {"id": command.payload["messageId"], "status": "queued"}
    assert answer.headers["Location"].endswith(command.payload["messageId"])


def test_a_send_that_takes_too_long_is_answered_with_what_is_known(hasty: Api) -> None:
    owner = hasty.linked_session()
    started = time.monotonic()
    answer = hasty.post(f"{owner.path}/messages", TEXT)
    assert answer.status_code == 202
    assert answer.json()["status"] == "queued"
    assert "Preference-Applied" not in answer.headers
    assert 0.2 <= time.monotonic() - started < 3
    assert len(owner.unfinished()) == 1


def test_a_send_in_doubt_is_accepted_and_named(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    doubt = aside.submit(owner.doubt_next, "3EB0D0")
    answer = api.post(f"{owner.path}/messages", TEXT)
    assert answer.status_code == 202
    assert answer.json() == {"id": str(doubt.result()), "messageId": "3EB0D0", "status": "unknown"}


def test_a_number_that_turns_out_not_to_be_on_whatsapp_is_the_callers_mistake(
    api: Api, owner: Owner, aside: ThreadPoolExecutor
) -> None:
    failure = aside.submit(owner.fail_next, CommandError.NOT_ON_WHATSAPP)
    answer = api.post(f"{owner.path}/messages", TEXT)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["id"]) == (422, "not_on_whatsapp", str(failure.result()))
    assert [error["field"] for error in problem["errors"]] == ["to"]


def test_a_number_known_not_to_be_on_whatsapp_is_not_queued(api: Api, owner: Owner) -> None:
    with api.parts.connector.transaction() as connection:
        numbers.remember(connection, Number("+15550009999", False, None))
    answer = api.post(f"{owner.path}/messages", {"to": "+15550009999", "text": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_on_whatsapp")
    assert "id" not in answer.json()
    assert owner.unfinished() == []
    assert api.get(f"{owner.path}/messages").json()["messages"] == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (CommandError.REFUSED, 422, "refused_by_whatsapp"),
        (CommandError.EXPIRED, 409, "send_failed"),
        (CommandError.LOGGED_OUT, 409, "send_failed"),
        (CommandError.UNCONFIRMED, 502, "send_failed"),
    ],
)
def test_a_send_that_was_given_up_says_why(
    api: Api, owner: Owner, aside: ThreadPoolExecutor, error: CommandError, status: int, code: str
) -> None:
    failure = aside.submit(owner.fail_next, error)
    answer = api.post(f"{owner.path}/messages", TEXT)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (status, code, error)
    assert problem["id"] == str(failure.result())
    assert answer.headers["Location"].endswith(problem["id"])


def test_a_session_that_was_never_linked_cannot_send(api: Api) -> None:
    answer = api.post(f"/sessions/{api.new_session()}/messages", TEXT)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (409, "session_cannot_send", "not_linked")
    assert "connect" in problem["detail"]
    assert "scan" in problem["detail"]


def test_a_session_that_shows_its_code_cannot_send_yet(api: Api) -> None:
    owner = api.owned_session()
    owner.show_qr("2@text")
    problem = api.post(f"{owner.path}/messages", TEXT).json()
    assert (problem["status"], problem["reason"]) == (409, "not_linked")
    assert "scan the QR code" in problem["detail"]


def test_a_disconnected_session_says_that_it_must_be_connected(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/disconnect")
    problem = api.post(f"{owner.path}/messages", TEXT).json()
    assert (problem["status"], problem["code"], problem["reason"]) == (409, "session_cannot_send", "disconnected")
    assert "connect it" in problem["detail"]


def test_a_session_that_was_stopped_by_whatsapp_says_why(api: Api, owner: Owner) -> None:
    with owner.fenced() as fence:
        fence.move(SessionState.DISCONNECTED, Reason.TEMPORARY_BAN)
        fence.give_up_connection()
    problem = api.post(f"{owner.path}/messages", TEXT).json()
    assert problem["status"] == 409
    assert "banned" in problem["detail"]


def test_a_logged_out_session_says_that_it_must_be_linked(api: Api, owner: Owner) -> None:
    with owner.fenced() as fence:
        fence.move(SessionState.LOGGED_OUT, Reason.LOGGED_OUT_ON_PHONE)
        fence.unlink()
        fence.give_up_connection()
    problem = api.post(f"{owner.path}/messages", TEXT).json()
    assert (problem["status"], problem["reason"]) == (409, "not_linked")


@pytest.mark.parametrize("lost", ["connection", "lease"])
def test_a_send_of_a_session_that_is_known_to_be_offline_does_not_wait(parts: Parts, lost: str) -> None:
    with parts.api(send_wait_seconds=25.0) as api:
        owner = api.linked_session()
        if lost == "connection":
            owner.lose_connection()
        else:
            with parts.connector.transaction() as connection:
                connection.execute("UPDATE gateway.shard_leases SET expires_at = now() WHERE shard = %s", [owner.shard])
        # The client gives up long before an answer that waits.
        answer = api.request("POST", f"{owner.path}/messages", json=TEXT, timeout=15)
        assert (answer.status_code, answer.json()["status"]) == (202, "queued")
        assert len(owner.unfinished()) == 1
    queues = parts.queues
    queue = queues.urls[f"commands-{owner.shard}"]
    messages = until(lambda: sqs_client(queues.endpoint).receive_message(QueueUrl=queue).get("Messages"))
    assert str(owner.session_id) in messages[0]["Body"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": "abc", "text": "x"}, "to"),
        ({"to": "+49", "text": "x"}, "to"),
        ({"to": "", "text": "x"}, "to"),
        ({"to": "1" * 129, "text": "x"}, "to"),
        ({"to": 5, "text": "x"}, "to"),
        ({"text": "x"}, "to"),
        ({"to": "+15550002002"}, "text"),
        ({"to": "+15550002002", "text": ""}, "text"),
        ({"to": "+15550002002", "text": " \n "}, "text"),
        ({"to": "+15550002002", "text": "x" * 4097}, "text"),
        ({"to": "+15550002002", "text": "a\x00b"}, "text"),
        ({"to": "+15550002002", "text": ["x"]}, "text"),
        ({"to": "+15550002002", "text": "x", "txt": "y"}, "txt"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_a_wrong_value_is_named(api: Api, owner: Owner, body: object, field: str) -> None:
    answer = api.post(f"{owner.path}/messages", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert owner.unfinished() == []


def test_the_preference_may_come_in_a_header_of_its_own(api: Api, owner: Owner) -> None:
    headers = [("X-API-Key", api.key), ("Prefer", "return=minimal"), ("Prefer", "respond-async")]
    answer = api.http.post(f"{owner.path}/messages", json=TEXT, headers=headers)
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "respond-async")


@pytest.mark.parametrize("to", ["15550002002", "+1 (555) 000-2002", "15550002002@s.whatsapp.net", "0015550002002"])
def test_a_recipient_may_be_spelled_in_many_ways(api: Api, owner: Owner, to: str) -> None:
    answer = api.post(f"{owner.path}/messages", {"to": to, "text": "x"}, Prefer="respond-async")
    assert owner.message(answer.json()["id"]).chat_phone == "+15550002002"


def test_a_text_of_4096_characters_is_kept_whole(api: Api, owner: Owner) -> None:
    text = "👩‍👩‍👧‍👦 " * 512
    answer = api.post(f"{owner.path}/messages", {"to": "+15550002002", "text": text}, Prefer="respond-async")
    assert len(text) == 4096
    assert owner.message(answer.json()["id"]).content == text


def test_the_life_of_a_message_is_told(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/messages", TEXT, Prefer="respond-async")
    message_id = owner.deliver_next("3EB0F3")
    for status in (MessageStatus.DELIVERED, MessageStatus.READ):
        with owner.fenced() as fence:
            message = owner.message(message_id)
            assert message.message_id
            receipts.apply(fence, [message.message_id], status, message.timestamp)
    detail = api.get(f"{owner.path}/messages/{message_id}").json()
    assert detail["status"] == "read"
    assert detail["deliveredAt"]
    assert [entry["status"] for entry in detail["timeline"]] == ["queued", "sent", "delivered", "read"]


def test_many_sends_that_wait_do_not_hold_up_other_requests(parts: Parts) -> None:
    """Others are answered while every send still waits."""
    with parts.api(send_wait_seconds=8.0) as api:
        owner = api.linked_session()
        limits = httpx.Limits(max_connections=100)
        with (
            ThreadPoolExecutor(60) as pool,
            httpx.Client(base_url=api.http.base_url, timeout=30, limits=limits) as http,
        ):
            wide = Api(parts, http, api.user, api.key)
            sends = [pool.submit(wide.post, f"{owner.path}/messages", TEXT) for _ in range(60)]
            assert api.get("/health").status_code == 200
            assert api.get(owner.path).status_code == 200
            assert not any(send.done() for send in sends)
            assert {send.result().status_code for send in sends} == {202}
    assert len({UUID(send.result().json()["id"]) for send in sends}) == 60


def test_a_session_that_whatsapp_refuses_for_now_says_why(api: Api, owner: Owner) -> None:
    """Its wish stays, but nothing is sent before the next release."""
    with owner.fenced() as fence:
        fence.move(SessionState.DISCONNECTED, Reason.CLIENT_OUTDATED)
    problem = api.post(f"{owner.path}/messages", TEXT).json()
    assert (problem["status"], problem["reason"]) == (409, "disconnected")
    assert "once it is updated" in problem["detail"]
