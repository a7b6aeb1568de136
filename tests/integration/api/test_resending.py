"""Sending a failed message again, and what is told of the attempts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from gateway.domain.commands import ERROR_SENTENCES, CommandError
from gateway.store import numbers
from gateway.store.numbers import Number
from tests.integration.api.server import Api, Owner

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


def test_only_a_failed_message_is_sent_again(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/messages", TEXT, Prefer="respond-async")
    message_id = owner.deliver_next()
    answer = api.post(f"{owner.path}/messages/{message_id}/resend")
    assert (answer.status_code, answer.json()["reason"]) == (409, "not_failed")


def test_what_cannot_be_sent_cannot_be_sent_again(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/messages", {"to": "+15550009998", "text": "x"}, Prefer="respond-async")
    message_id = owner.fail_next(CommandError.NOT_ON_WHATSAPP)
    with api.parts.connector.transaction() as connection:
        numbers.remember(connection, Number("+15550009998", False, None))
    assert api.post(f"{owner.path}/messages/{message_id}/resend").status_code == 422
    api.post(f"{owner.path}/disconnect")
    assert api.post(f"{owner.path}/messages/{message_id}/resend").status_code == 409
