"""Contacts and numbers over the API: what is asked of the owner, and what callers see of its answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from gateway.domain.contacts import Names, PictureState
from gateway.domain.groups import Group, Participant
from gateway.domain.operations import Refusal
from gateway.domain.phone import Address
from gateway.store import chats, contacts, numbers, pictures
from gateway.store.contacts import Entry
from gateway.store.fence import Fence
from gateway.store.numbers import Number
from gateway.store.pictures import FoundPicture
from tests.integration.api.server import BOB, EVE, JSON, Api, Owner
from tests.integration.api.test_groups import remembered, settle

ZOE = Entry(Address("100000000000009@lid", "+4915112345679"), Names("Zoë Müller", push="zz top"))
SILENT = Address("100000000000019@lid", "+4915112345671")
EVE_NAMES = (EVE.lid, EVE.phone_number, "Eve")
URL = "https://pps.whatsapp.net/v/t61.jpg"


def read_book(fence: Fence) -> dict[str, Any]:
    contacts.take_in(fence, [ZOE])
    contacts.record_lists(fence, [EVE])
    return {}


@pytest.fixture
def book(owner: Owner) -> str:
    """The path of the contacts, which were read a moment ago: Zoë of the address book, and Bob, who wrote."""
    owner.receive("hello")
    with owner.fenced() as fence:
        read_book(fence)
    return f"{owner.path}/contacts"


def listed(api: Api, path: str, **query: object) -> list[JSON]:
    found: list[JSON] = api.get(path, **query).json()["contacts"]
    return found


def test_the_address_book_is_read_and_listed_with_who_wrote(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    owner.receive("hello")
    waiting = aside.submit(api.get, f"{owner.path}/contacts")
    assert settle(owner, read_book).payload == {"operation": "read_contacts"}
    bob, zoe = waiting.result().json()["contacts"]
    assert (bob["name"], bob["pushName"], bob["savedName"], bob["picture"]) == ("Bob", "Bob", None, "unknown")
    assert bob["lastMessageAt"] and not zoe["lastMessageAt"]
    shown = ("name", "savedName", "pushName", "phoneNumber", "lid", "jid", "blocked", "pictureUrl")
    lid, number = ZOE.address.lid, ZOE.address.phone_number
    assert [zoe[field] for field in shown] == ["Zoë Müller", "Zoë Müller", "zz top", number, lid, lid, False, None]
    assert api.get(f"{owner.path}/chats").json()["chats"][0]["id"] == bob["id"]


@pytest.mark.parametrize("search", ["zoe mul", "ZZ TOP", "0151 1234 5679", "+49 (0) 1511-2345679", "12345679"])
def test_a_contact_is_found_however_it_is_written(api: Api, book: str, search: str) -> None:
    assert [contact["name"] for contact in listed(api, book, search=search)] == ["Zoë Müller"]


def test_pages_follow_each_other_by_name(api: Api, owner: Owner, book: str) -> None:
    people = [Entry(Address(phone_number=f"+1555000{n:04}"), Names(name)) for n, name in enumerate("cCaAd")]
    with owner.fenced() as fence:
        contacts.take_in(fence, people)
    names: list[str] = []
    cursor = None
    while names == [] or cursor:
        page = api.get(book, limit=2, **({"cursor": cursor} if cursor else {})).json()
        names += [contact["name"] for contact in page["contacts"]]
        cursor = page["nextCursor"]
    assert [name.lower() for name in names] == ["a", "a", "bob", "c", "c", "d", "zoë müller"]
    wrong = api.get(book, cursor="bm8")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize("named", ["number", "lid", "jid", "id"])
def test_a_contact_is_read_with_its_picture(
    api: Api, owner: Owner, book: str, aside: ThreadPoolExecutor, named: str
) -> None:
    (zoe,) = listed(api, book, search="zoe")
    number = zoe["phoneNumber"]
    path = {"number": number, "lid": zoe["lid"], "jid": f"{number[1:]}@s.whatsapp.net", "id": zoe["id"]}[named]
    waiting = aside.submit(api.get, f"{book}/{path}")

    def show(fence: Fence) -> dict[str, Any]:
        chat = chats.find(fence.connection, fence.session_id, ZOE.address)
        pictures.record(fence, chat.id, FoundPicture(PictureState.SET, "17", {"url": URL}), datetime.now(UTC))
        return {"chatId": str(chat.id)}

    assert settle(owner, show).payload == {"operation": "read_picture", "jid": ZOE.address.lid}
    shown = waiting.result().json()
    assert shown["picture"] == "available" and URL not in waiting.result().text
    pending = api.get(shown["pictureUrl"])
    assert (pending.status_code, pending.json()["code"]) == (409, "media_pending")
    # Nothing is asked again for a day.
    assert api.get(f"{book}/{path}").json() == shown


@pytest.mark.parametrize("state", [PictureState.HIDDEN, PictureState.NOT_SET])
def test_a_picture_that_is_hidden_is_told_apart(
    api: Api, owner: Owner, book: str, aside: ThreadPoolExecutor, state: PictureState
) -> None:
    waiting = aside.submit(api.get, f"{book}/{ZOE.address.phone_number}")

    def hide(fence: Fence) -> dict[str, Any]:
        chat = chats.find(fence.connection, fence.session_id, ZOE.address)
        pictures.record(fence, chat.id, FoundPicture(state), datetime.now(UTC))
        return {"chatId": str(chat.id)}

    settle(owner, hide)
    shown = waiting.result().json()
    assert (shown["picture"], shown["pictureUrl"]) == (state, None)


def test_without_a_connection_what_is_known_is_shown(api: Api, owner: Owner, book: str) -> None:
    with psycopg.connect(api.parts.urls.admin) as admin:
        admin.execute("UPDATE gateway.contact_lists SET read_at = read_at - interval '1 hour'")
    owner.lose_connection()
    assert [contact["name"] for contact in listed(api, book)] == ["Bob", "Zoë Müller"]
    assert api.get(f"{book}/{ZOE.address.phone_number}").json()["picture"] == "unknown"
    assert api.get(f"{owner.path}/blocked").json() == {"blocked": []}
    assert owner.unfinished() == []


@pytest.mark.parametrize("nobody", ["+15550009999", "no number", "120363000000000001@g.us", "100000000000008@lid"])
def test_who_is_no_contact_is_not_found(api: Api, book: str, nobody: str) -> None:
    answer = api.get(f"{book}/{nobody}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such contact.")


def test_who_is_only_in_a_group_is_a_contact_once_it_is_read(api: Api, owner: Owner, book: str) -> None:
    owner.lose_connection()
    assert api.get(f"{book}/{EVE.lid}").status_code == 404
    owner.receive(
        "hello all", "AB10", sender=EVE, group_jid="120363000000000001@g.us", chat_kind="group", push_name="Eve"
    )
    assert EVE.lid not in [contact["lid"] for contact in listed(api, book)]
    shown = api.get(f"{book}/{EVE.lid}").json()
    assert [shown[field] for field in ("lid", "phoneNumber", "name", "lastMessageAt")] == [*EVE_NAMES, None]
    assert api.get(f"{book}/{EVE.lid}").json()["id"] == shown["id"]
    assert EVE.lid in [contact["lid"] for contact in listed(api, book)]
    # Who wrote long ago, or never, but is in one.
    with owner.fenced() as fence:
        remembered(fence, Group("120363000000000002@g.us", "Garden", participants=(Participant(SILENT),)))
    shown = api.get(f"{book}/{SILENT.lid}").json()
    assert (shown["phoneNumber"], shown["name"]) == (SILENT.phone_number, None)
    assert api.as_user().get(f"{book}/{SILENT.lid}").status_code == 404


@pytest.mark.parametrize("blocked", [True, False])
def test_somebody_is_blocked_who_need_not_be_a_contact(
    api: Api, owner: Owner, book: str, aside: ThreadPoolExecutor, blocked: bool
) -> None:
    path = f"{book}/{EVE.phone_number}/block"
    waiting = aside.submit(api.request, "PUT" if blocked else "DELETE", path)

    def write(fence: Fence) -> dict[str, Any]:
        chat = chats.with_person(fence.connection, fence.session_id, EVE)
        contacts.set_blocked(fence, chat.id, blocked=blocked)
        return {"chatId": str(chat.id)}

    wanted = f"{(EVE.phone_number or '')[1:]}@s.whatsapp.net"
    assert settle(owner, write).payload == {"operation": "change_block", "jid": wanted, "blocked": blocked}
    answer = waiting.result()
    assert (answer.status_code, answer.json()["blocked"], answer.json()["lid"]) == (200, blocked, EVE.lid)
    found = api.get(f"{owner.path}/blocked").json()["blocked"]
    assert [contact["lid"] for contact in found] == ([EVE.lid] if blocked else [])


def test_what_whatsapp_refuses_has_its_reason(api: Api, owner: Owner, book: str, aside: ThreadPoolExecutor) -> None:
    waiting = aside.submit(api.request, "PUT", f"{book}/+15550009999/block")
    settle(owner, lambda _: None, Refusal.NO_SUCH_PERSON)
    problem = waiting.result().json()
    assert (problem["code"], problem["reason"]) == ("operation_refused", "no_such_person")
    assert api.request("PUT", f"{book}/no number/block").status_code == 404


def answer_for(*found: Number) -> Any:
    def write(fence: Fence) -> dict[str, Any]:
        for number in found:
            numbers.remember(fence.connection, number)
        return {}

    return write


def check(api: Api, owner: Owner, *asked: str) -> Any:
    return api.post(f"{owner.path}/numbers/check", {"numbers": list(asked)})


def test_numbers_are_asked_for_once_and_answered_in_order(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    first, second, other = "+15551110001", "+15551110002", "+5215512345678"
    waiting = aside.submit(check, api, owner, "1 555 111 0002", first, "+52 55 1234 5678", first)
    settled = settle(
        owner,
        answer_for(
            Number(second, True, "7@lid"), Number(first, False, None), Number("+525512345678", True, None, other)
        ),
    )
    assert settled.payload == {"operation": "check_numbers", "numbers": [second, first, "+525512345678"]}
    found = waiting.result().json()["numbers"]
    shown = [(each["number"], each["registered"], each["jid"], each["phoneNumber"]) for each in found]
    assert shown == [
        (second, True, "7@lid", second),
        (first, False, None, None),
        ("+525512345678", True, "5215512345678@s.whatsapp.net", other),
        (first, False, None, None),
    ]
    assert all(each["checkedAt"] for each in found)
    owner.lose_connection()
    assert check(api, owner, first, second).json()["numbers"] == [found[1], found[0]]
    unknown = check(api, owner, "+15551110009").json()
    assert (unknown["status"], unknown["reason"]) == (409, "not_connected")


def test_a_wrong_number_is_named_by_its_place(api: Api, owner: Owner) -> None:
    answer = check(api, owner, "+15550002002", "12")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "numbers.1")
    many = check(api, owner, *[f"+1555000{place:04}" for place in range(51)])
    assert (many.status_code, many.json()["errors"][0]["field"]) == (422, "numbers")
    assert check(api, owner).json()["errors"][0]["field"] == "numbers"
    assert owner.unfinished() == []


def test_a_session_has_so_many_asked_for_a_day(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    with psycopg.connect(api.parts.urls.admin) as admin:
        admin.execute(
            "INSERT INTO gateway.number_checks VALUES (%s, (now() AT TIME ZONE 'UTC')::date, 199)", [owner.session_id]
        )
    refused = check(api, owner, "+15551112001", "+15551112002")
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (429, "rate_limited")
    assert "200 numbers a day" in problem["detail"] and 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert owner.unfinished() == []
    waiting = aside.submit(check, api, owner, "+15551112001")
    settle(owner, answer_for(Number("+15551112001", False, None)))
    assert waiting.result().status_code == 200
    # What is known costs nothing.
    assert check(api, owner, "+15551112001").status_code == 200
    assert check(api, owner, "+15551112002").status_code == 429


def test_a_chat_has_the_best_name_and_tells_when_it_changes(api: Api, owner: Owner, book: str) -> None:
    def name() -> str:
        (chat,) = api.get(f"{owner.path}/chats").json()["chats"]
        return str(chat["name"])

    owner.receive("I am Robert now", "AB02", push_name="Robert")
    assert name() == "Robert"
    for names, shown in ((Names(business="Bob's Bikes"), "Bob's Bikes"), (Names("Bob (bikes)"), "Bob (bikes)")):
        with owner.fenced() as fence:
            contacts.take_in(fence, [Entry(BOB, names)])
        assert name() == shown
    owner.receive("hello", "AB03", push_name="Bobby")
    assert name() == "Bob (bikes)"
    assert listed(api, book, search="bobby")[0]["pushName"] == "Bobby"
    events = api.get(f"{owner.path}/events", limit=100).json()["events"]
    told = [event for event in events if event["type"] == "contact.updated"]
    wanted = ["Zoë Müller", "Robert", "Bob's Bikes", "Bob (bikes)"]
    assert [event["data"]["name"] for event in told] == wanted
    assert told[-1]["data"]["jid"] == BOB.lid
