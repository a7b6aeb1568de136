"""Sending a failed message again, and what is told of the attempts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from gateway.domain.commands import ERROR_SENTENCES, CommandError
from gateway.domain.messages import MessageStatus
from gateway.store import numbers, receipts
from gateway.store.numbers import Number
from tests.integration.api.server import Api, Owner

FORCE = {"force": True}
TEXT = {"to": "+1 555 000 2002", "text": "Grüße"}


def test_a_failed_message_is_sent_again(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    api.post(f"{owner.path}/messages", TEXT, Prefer="respond-async")
    message_id = owner.fail_next(CommandError.EXPIRED)
    path = f"{owner.path}/messages/{message_id}"
    failed = api.get(path).json()
    assert (failed["status"], failed["error"]) == ("failed", "expired")
    assert failed["timeline"][-1]["status"] == "failed"

    delivery = aside.submit(owner.deliver_next, "3EB0F2")
    answer = api.post(f"{path}/resend", X_Request_ID="chain-4")
    assert delivery.result() == message_id
    assert (answer.status_code, answer.json()["messageId"]) == (201, "3EB0F2")
    sent = api.get(path).json()
    assert (sent["status"], sent["error"]) == ("sent", None)
    assert [entry["status"] for entry in sent["timeline"]] == ["queued", "failed", "queued", "sent"]


def test_a_resend_may_be_asynchronous_and_carries_its_request(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/messages", TEXT, Prefer="respond-async")
    message_id = owner.fail_next(CommandError.EXPIRED)
    answer = api.post(f"{owner.path}/messages/{message_id}/resend", Prefer="respond-async", X_Request_ID="chain-5")
    assert (answer.status_code, answer.json()) == (202, {"id": str(message_id), "status": "queued"})
    assert [command.correlation_id for command in owner.unfinished()] == ["chain-5"]


def test_each_attempt_to_send_is_told_with_its_end(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/messages", TEXT, Prefer="respond-async")
    for error in (CommandError.LOOKUP_FAILED, CommandError.REFUSED):
        message_id = owner.fail_next(error)
        api.post(f"{owner.path}/messages/{message_id}/resend", Prefer="respond-async")
    owner.deliver_next()
    message = api.get(f"{owner.path}/messages/{message_id}").json()
    assert [entry["status"] for entry in message["timeline"]] == [
        "queued",
        "failed",
        "queued",
        "failed",
        "queued",
        "sent",
    ]
    assert [entry["at"] for entry in message["timeline"]] == sorted(entry["at"] for entry in message["timeline"])
    assert [(each["error"], each["errorDetail"]) for each in message["earlierAttempts"]] == [
        (error, ERROR_SENTENCES[error]) for error in (CommandError.LOOKUP_FAILED, CommandError.REFUSED)
    ]
    assert message["timeline"][1]["detail"] == ERROR_SENTENCES[CommandError.LOOKUP_FAILED]


@pytest.mark.parametrize("body", [None, FORCE])
def test_what_was_surely_sent_or_waits_is_not_sent_again(api: Api, owner: Owner, body: dict[str, bool] | None) -> None:
    waiting = api.post(f"{owner.path}/messages", TEXT, Prefer="respond-async").json()["id"]
    for status in ("queued", "sent"):
        answer = api.post(f"{owner.path}/messages/{waiting}/resend", body)
        assert (answer.status_code, answer.json()["reason"]) == (409, "not_failed")
        assert answer.json()["detail"].endswith(f"this one is {status}.")
        if status == "queued":
            assert str(owner.deliver_next()) == waiting
    received = owner.receive("hello")
    assert api.post(f"{owner.path}/messages/{received}/resend", body).json()["reason"] == "not_failed"


def test_one_that_may_have_been_sent_wants_force(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/messages", TEXT, Prefer="respond-async")
    path = f"{owner.path}/messages/{owner.doubt_next('3EB0D1')}"
    for body in (None, {}, {"force": False}):
        answer = api.post(f"{path}/resend", body, Prefer="respond-async")
        assert (answer.status_code, answer.json()["reason"]) == (409, "outcome_unknown")
        assert "perhaps twice" in answer.json()["detail"]
    refused = api.post(f"{path}/resend", {"force": "maybe"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "force")

    answer = api.post(f"{path}/resend", FORCE, Prefer="respond-async")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert api.get(path).json()["messageId"] is None
    owner.deliver_next("3EB0D2")
    sent = api.get(path).json()
    assert (sent["status"], sent["messageId"], sent["error"]) == ("sent", "3EB0D2", None)
    (attempt,) = sent["earlierAttempts"]
    assert (attempt["error"], attempt["failedAt"]) == ("unconfirmed", None)
    assert [entry["status"] for entry in sent["timeline"]] == ["queued", "queued", "sent"]


def test_a_receipt_for_the_attempt_in_doubt_tells_nothing_of_the_new_one(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/messages", TEXT, Prefer="respond-async")
    path = f"{owner.path}/messages/{owner.doubt_next('3EB0D3')}"
    api.post(f"{path}/resend", FORCE, Prefer="respond-async")
    with owner.fenced() as fence:
        receipts.apply(fence, ["3EB0D3"], MessageStatus.READ, datetime.now(UTC))
    assert api.get(path).json()["status"] == "queued"
    owner.deliver_next("3EB0D4")
    assert api.get(path).json()["status"] == "sent"


def test_what_cannot_be_sent_cannot_be_sent_again(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/messages", {"to": "+15550009998", "text": "x"}, Prefer="respond-async")
    message_id = owner.fail_next(CommandError.NOT_ON_WHATSAPP)
    with api.parts.connector.transaction() as connection:
        numbers.remember(connection, Number("+15550009998", False, None))
    assert api.post(f"{owner.path}/messages/{message_id}/resend").status_code == 422
    api.post(f"{owner.path}/disconnect")
    assert api.post(f"{owner.path}/messages/{message_id}/resend").status_code == 409
