"""The Try it tab without scripts: which session and phones it shows, and what its forms do."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from functions.explorer.phones import PhoneMemory, Phones
from gateway.client import Gateway, Session
from infra.local.explorer import Explorer
from infra.local.ports import free_port
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.explorer.forms import forms
from tests.integration.explorer.http_user import HttpUser
from tests.people import Api
from tests.stack import Stack, inherited_environment

_numbers = itertools.count(447700_950_001)


@pytest.fixture(scope="module")
def explorer(stack: Stack, api: Api) -> Iterator[Explorer]:
    port, cookie_key, whatsapp = free_port(), secrets.token_urlsafe(32), stack.whatsapp.url
    log = Path(stack.logs / f"explorer-{port}.log")
    service = Explorer(log, port, api.url, cookie_key, inherited_environment(), whatsapp_url=whatsapp)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture
def control(stack: Stack) -> Iterator[WhatsAppControl]:
    with WhatsAppControl(stack.whatsapp.url) as control:
        yield control


@pytest.fixture
def user(explorer: Explorer, sign_in: Callable[[str], HttpUser], gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


@pytest.fixture
def phones(control: WhatsAppControl) -> list[str]:
    """Two phones of this test, and no others."""
    for phone in control.phones():
        control.delete_phone(phone["number"])
    numbers = [f"+{next(_numbers)}" for _ in range(2)]
    for number in numbers:
        control.create_phone(number, f"Phone {number[-2:]}")
    return numbers


def shown(page: str) -> list[str]:
    return re.findall(r'id="phone-box-(\+\d+)"', page)


def test_the_session_and_the_phones_are_chosen_and_stay_so(
    user: HttpUser, phones: list[str], control: WhatsAppControl, make_connected: Callable[[], Session]
) -> None:
    session = make_connected()
    led = user.get("/try-it")
    assert led.headers["Location"] == f"/explorer/try-it?session={session.id}"
    for number in range(4):
        control.create_phone(f"+{next(_numbers)}", f"More {number}")
    chosen = f"?session={session.id}&phone=%2B{phones[1][1:]}"
    page = user.get(f"/try-it{chosen}").text
    assert shown(page) == [phones[1]]
    assert "Phones: 1 of 6" in page
    assert {
        form.action.partition("?")[2].replace("&amp;", "&") for form in forms(page) if "/phones/" in form.action
    } == {chosen[1:]}
    assert shown(user.get(f"/try-it?session={session.id}").text) == [*phones, f"+{int(phones[1]) + 1}"]
    added = user.post(f"/try-it/phones{chosen}", number="0044 7700-959 999", name="Plumber")
    assert shown(user.http.get(added.headers["Location"]).text) == [phones[1], "+447700959999"]


def test_a_phone_is_deleted(user: HttpUser, phones: list[str], control: WhatsAppControl) -> None:
    deleted = user.post(f"/try-it/phones/{phones[0]}/delete?phone=%2B{phones[0][1:]}&phone=%2B{phones[1][1:]}")
    assert deleted.headers["Location"] == f"/explorer/try-it?phone=%2B{phones[1][1:]}"
    assert [phone["number"] for phone in control.phones()] == [phones[1]]
    again = user.post(f"/try-it/phones/{phones[0]}/delete")
    assert again.status_code == 409
    assert "There is no phone with the number" in again.text


def test_phones_send_what_their_forms_hold(user: HttpUser, phones: list[str], control: WhatsAppControl) -> None:
    control.send(phones[0], phones[1], "to be edited")
    query = f"?phone=%2B{phones[0][1:]}&phone=%2B{phones[1][1:]}&write=%2B{phones[0][1:]}"
    for kind in ("poll", "order", "location", "reaction", "edit"):
        [form] = [
            form
            for form in forms(user.get(f"/try-it{query}&kind={kind}").text)
            if form.fields.get("kind") == kind and "token" in form.fields
        ]
        assert user.http.post(form.action, data=form.fields).status_code == 303, kind
    assert [message["kind"] for message in control.messages(phones[1])] == [
        "text",
        "poll",
        "order",
        "location",
        "reaction",
        "edit",
    ]
    assert control.messages(phones[1])[0]["text"] == "Hello!"
    page = user.get(f"/try-it{query}").text
    assert "Which day suits you?" in page
    assert user.post(f"/try-it/phones/{phones[1]}/read").status_code == 303
    assert all(message["status"] == "read" for message in control.messages(phones[1]) if not message["fromMe"])


def test_only_what_is_new_is_read_from_a_phone(
    stack: Stack, phones: list[str], control: WhatsAppControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    with httpx.HTTPTransport() as transport:
        reader = Phones(stack.whatsapp.url, transport, PhoneMemory())
        assert read_thrice(reader, phones, control, monkeypatch) == [30, 0, 2]


def read_thrice(
    reader: Phones, phones: list[str], control: WhatsAppControl, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """Return how many messages were received each time."""
    phone = next(phone for phone in reader.all() if phone.number == phones[0])
    received: list[int] = []
    request = reader._request

    def counted(method: str, path: str, body: object = None) -> object:
        document = request(method, path, body)  # type: ignore[arg-type]
        received.append(len(document.get("messages", ())))
        return document

    monkeypatch.setattr(reader, "_request", counted)
    sent = [control.send(phones[0], phones[1], f"text {i}") for i in range(40)]
    assert [message.text for message in reader.recent(phone, 30)] == [f"text {i}" for i in range(10, 40)]
    assert len(reader.recent(phone, 30)) == 30
    control.read(phones[1], sent[20])
    control.send(phones[1], phones[0], "new")
    messages = reader.recent(phone, 30)
    assert [(message.text, message.status) for message in messages if message.status != "delivered"] == [
        ("text 20", "read"),
        ("new", "received"),
    ]
    return received
