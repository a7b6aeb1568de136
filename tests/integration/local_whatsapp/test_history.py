"""The history that phones give to clients which they link."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.local_whatsapp.conftest import NewNumber
from tests.integration.local_whatsapp.harness import NeonizeProcess, ServerProcess, link

BOOTSTRAP, FULL, RECENT, NAMES = 0, 2, 3, 4


def chunks(process: NeonizeProcess, client: str) -> list[dict[str, Any]]:
    """Return the chunks that a client got, up to the last one."""
    process.wait("HistorySync", client, progress=100)
    process.wait("HistorySync", client, kind=NAMES)
    return [event for event in process.events(client) if event["event"] == "HistorySync"]


def messages(chunk: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {chat["id"]: chat["messages"] for chat in chunk["chats"]}


def test_a_past_comes_in_chunks(
    control: WhatsAppControl, process: NeonizeProcess, server: ServerProcess, new_number: NewNumber
) -> None:
    number = new_number()
    chats = control.make_past(number, chats=3, groups=1, messages=120, days=30)
    control.change_profile(number, contacts={chats[0]: "My tenant"})
    link(process, control, "past", number)
    first, names, rest = chunks(process, "past")
    assert (first["kind"], names["kind"], rest["kind"]) == (BOOTSTRAP, NAMES, RECENT)
    assert set(messages(first)) == {*(control.phone(chat)["lid"] for chat in chats[:3]), chats[3]}
    assert all(len(shown) == 20 for shown in messages(first).values())
    assert first["chats"][0]["name"] == "My tenant"
    assert {chat["unread"] > 0 for chat in first["chats"]} == {True}
    assert names["names"] == {control.phone(chat)["lid"]: control.phone(chat)["name"] for chat in chats[:3]}
    shown = [message for chunk in (first, rest) for chat in messages(chunk).values() for message in chat]
    seen = Counter(kind for message in shown for kind in message["kinds"])
    assert seen.keys() >= {"conversation", "imageMessage", "audioMessage", "documentMessage", "contactMessage"}
    assert sum(len(message["reactions"]) for message in shown) > 0
    assert len({message["id"] for message in shown}) == len(shown) == 120 - seen_reactions(control, number)


def seen_reactions(control: WhatsAppControl, number: str) -> int:
    return sum(message["kind"] == "reaction" for message in control.messages(number))


def test_what_was_downloaded_is_deleted(
    control: WhatsAppControl, process: NeonizeProcess, server: ServerProcess, new_number: NewNumber
) -> None:
    number = new_number()
    control.make_past(number, chats=2, messages=8)
    before = len(list((server.directory / "media").iterdir()))
    link(process, control, "deleting", number)
    chunks(process, "deleting")
    end = time.monotonic() + 10
    while len(list((server.directory / "media").iterdir())) > before:
        assert time.monotonic() < end
    assert process.call("deleting", "blocked")["event"] == "result"


@pytest.mark.parametrize(("full_days", "kinds"), [(0, {BOOTSTRAP, NAMES}), (365, {BOOTSTRAP, NAMES, FULL})])
def test_what_is_old_comes_to_those_who_ask(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber, full_days: int, kinds: set[int]
) -> None:
    number = new_number()
    control.make_past(number, chats=1, messages=40, days=600)
    link(own_process, control, "deep", number, full_days)
    got = chunks(own_process, "deep")
    assert {chunk["kind"] for chunk in got} == kinds
    oldest = min(message["at"] for chunk in got for chat in messages(chunk).values() for message in chat)
    days = (time.time() - oldest) / 86400
    assert 280 < days < (366 if full_days else 310)


def test_what_phones_wrote_before_is_history(
    control: WhatsAppControl, process: NeonizeProcess, new_number: NewNumber
) -> None:
    number, contact = new_number(), new_number()
    lid = control.phone(contact)["lid"]
    group = control.create_group(contact, "House", [number])
    typo, gone = (control.send(contact, number, text) for text in ("Helo", "Forget it"))
    control.send_kind(contact, kind="edit", messageId=typo, text="Hello")
    control.send_kind(contact, kind="delete", messageId=gone)
    control.send_kind(number, kind="reaction", messageId=typo, emoji="🙂")
    mine = control.send(number, group, "Hello all")
    control.send(contact, "status", "not in a chat")
    link(process, control, "after", number)
    first = chunks(process, "after")[0]
    assert set(messages(first)) == {lid, group}
    edited, deleted = messages(first)[lid]
    assert (edited["id"], edited["text"], edited["reactions"]) == (typo, "Hello", ["🙂"])
    assert (deleted["id"], deleted["kinds"]) == (gone, [])
    (own,) = messages(first)[group]
    assert (own["id"], own["fromMe"], own["author"]) == (mine, True, control.phone(number)["lid"])
    control.send(contact, number, "and now")
    process.wait("Message", "after", text="and now")
    assert process.texts("after") == ["and now"]


def test_a_new_phone_has_an_empty_history(
    control: WhatsAppControl, process: NeonizeProcess, new_number: NewNumber
) -> None:
    link(process, control, "empty", new_number())
    first = process.wait("HistorySync", "empty")
    assert (first["kind"], first["chats"]) == (BOOTSTRAP, [])
