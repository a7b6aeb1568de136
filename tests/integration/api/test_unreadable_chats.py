from __future__ import annotations

import pytest

from gateway.domain.phone import Address
from gateway.store import chats
from tests.integration.api.server import BOB, Api, Owner

NOBODY = Address()
GROUP = "120363020000000001@g.us"


@pytest.mark.parametrize(
    ("jid", "kind"),
    [
        ("120363020000000002@newsletter", "newsletter"),
        ("status@broadcast", "status"),
        ("867051314767696@bot", "other"),
        (GROUP, "group"),
    ],
)
def test_a_chat_that_takes_no_read_receipts_is_refused(api: Api, owner: Owner, jid: str, kind: str) -> None:
    owner.receive("news", "AB1", NOBODY, group_jid=jid, chat_kind=kind)
    chat_id = api.get(f"{owner.path}/chats", kind=kind).json()["chats"][0]["id"]
    answer = api.post(f"{owner.path}/chats/{chat_id}/read")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["reason"] == "chat_cannot_be_read"
    assert owner.unfinished() == []


def test_a_group_is_read_for_those_who_can_be_told(api: Api, owner: Owner) -> None:
    owner.receive("from a bot", "AB1", NOBODY, group_jid=GROUP, chat_kind="group")
    owner.receive("from Bob", "AB2", BOB, group_jid=GROUP, chat_kind="group")
    assert api.post(f"{owner.path}/chats/{GROUP}/read").status_code == 202


def test_the_id_of_a_chat_that_was_merged_away_still_works(api: Api, owner: Owner) -> None:
    owner.receive("by LID", "AB1", Address(BOB.lid))
    with owner.fenced() as fence:
        gone = chats.with_person(fence.connection, owner.session_id, Address(phone_number=BOB.phone_number))
        kept = chats.with_person(fence.connection, owner.session_id, BOB)
    (message,) = api.get(f"{owner.path}/messages", chat=gone.id).json()["messages"]
    assert message["chatId"] == str(kept.id)
    assert api.post(f"{owner.path}/chats/{gone.id}/read").status_code == 202
    (command,) = owner.unfinished()
    assert command.payload == {"chatId": str(kept.id)}
