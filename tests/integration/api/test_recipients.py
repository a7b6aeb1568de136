"""To whom a message can be sent beside a phone number: a group, and a chat by its id."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.api.server import Api, Owner

GROUP = "120363020000000001@g.us"


@pytest.mark.parametrize("by", ["jid", "id"])
def test_a_group_is_sent_to_by_its_jid_or_the_id_of_its_chat(
    api: Api, owner: Owner, aside: ThreadPoolExecutor, by: str
) -> None:
    message = owner.message(owner.receive("in the group", group_jid=GROUP, chat_kind="group"))
    delivery = aside.submit(owner.deliver_next, "3EB0G1", None)
    answer = api.post(f"{owner.path}/messages", {"to": GROUP if by == "jid" else str(message.chat_id), "text": "x"})
    assert (answer.status_code, answer.json()["messageId"]) == (201, "3EB0G1")
    sent = owner.message(delivery.result())
    assert (sent.chat_id, sent.remote_jid, sent.recipient) == (message.chat_id, GROUP, None)


def test_a_person_is_sent_to_by_the_id_of_the_chat(api: Api, owner: Owner) -> None:
    message = owner.message(owner.receive("hello"))
    answer = api.post(f"{owner.path}/messages", {"to": str(message.chat_id), "text": "x"}, Prefer="respond-async")
    sent = owner.message(answer.json()["id"])
    assert (sent.chat_id, sent.recipient) == (message.chat_id, message.recipient)


@pytest.mark.parametrize("to", [GROUP, "0198c7a6-0000-7000-8000-000000000000"])
def test_a_chat_to_send_to_must_be_known(api: Api, owner: Owner, to: str) -> None:
    answer = api.post(f"{owner.path}/messages", {"to": to, "text": "x"})
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such chat.")
    assert [error["field"] for error in answer.json()["errors"]] == ["to"]


def test_nothing_is_sent_to_what_is_no_person_or_group(api: Api, owner: Owner) -> None:
    jid = "120363020000000002@newsletter"
    message = owner.message(owner.receive("news", group_jid=jid, chat_kind="newsletter"))
    for to in (jid, str(message.chat_id)):
        answer = api.post(f"{owner.path}/messages", {"to": to, "text": "x"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "to")
    assert owner.unfinished() == []
