"""Every field of every form, with what no field expects: a page that says what is wrong, never a failure of ours."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from functions.explorer.acts import FORMS, ON_MESSAGES
from gateway.client import Gateway, Session
from gateway.domain.groups import Group, Participant, Role
from gateway.domain.phone import Address
from infra.local.explorer import Explorer
from infra.local.ports import free_port
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.explorer.forms import Form, forms
from tests.integration.explorer.http_user import HttpUser
from tests.owner import NUMBER, Owner
from tests.people import Api
from tests.stack import Stack, inherited_environment

# Other alphabets, emoji, marks of direction; what no field is long enough for; NUL; numbers that are none.
ODD = ["\u202eключ\u200f 🔑👩\u200d👧", "x" * 10_000, "a\x00b\r\n", "-1e999"]
# Bytes that are no UTF-8, and a lone surrogate, as they stand in a body or an address.
ODD_BYTES = "%FF%C3%28%ED%A0%80"
PARAMETERS = {
    "/connection": ("search", "status", "page", "user"),
    "/messaging": ("session", "chat", "new", "search", "who", "before", "act", "on"),
    "/people": ("session", "search", "cursor"),
    "/people/groups": ("session", "cursor", "joining"),
    "/assistant": ("session", "trial"),
    "/try-it": ("session", "phone", "write", "kind"),
    "/sign-in": ("refused",),
    "/developers": ("user", "cursor"),
    "/developers/events": ("after", "type", "of", "user", "still"),
    "/developers/code": ("tab", "language", "session", "chat"),
}
PARTNER = "+447700900102"
# They end what the other forms are about.
_LAST = re.compile(r"/(sign-out|logout|leave|disconnect|delete|unlink|rotate|revoke)$")
_ENGLISH_OF_THE_VALIDATOR = re.compile(r"Input should|String should|Value error|Field required|validation error", re.I)


@pytest.fixture(scope="module")
def explorer(stack: Stack, api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    """An Explorer with virtual phones."""
    port, cookie_key = free_port(), secrets.token_urlsafe(32)
    log = Path(stack.logs / f"explorer-{port}.log")
    whatsapp = stack.whatsapp.url
    service = Explorer(log, port, api.url, cookie_key, inherited_environment(), whatsapp_url=whatsapp)
    service.start()
    phones = {NUMBER: "Landlord", PARTNER: "Tenant"}
    with WhatsAppControl(whatsapp) as control:
        for number, name in phones.items():
            control.create_phone(number, name)
        try:
            yield service
        finally:
            service.stop()
            for number in phones:
                control.delete_phone(number)


@pytest.fixture
def user(
    explorer: Explorer,
    sign_in: Callable[[str], HttpUser],
    gateway: Gateway,
    owner: Owner,
    make_connected: Callable[[], Session],
) -> HttpUser:
    """Somebody with a session that is connected, one that is not, and a chat."""
    session = make_connected()
    owner.receive(session.id, PARTNER, "Hello", "Tenant")
    session.configure_assistant(enabled=True)
    gateway.create_session("another")
    return sign_in(gateway._http.headers["X-API-Key"])


def test_every_field_of_every_form_takes_anything(user: HttpUser) -> None:
    assert submit_odd(user, pages(user)) > 15


def test_every_field_of_the_forms_about_people_takes_anything(user: HttpUser, owner: Owner, gateway: Gateway) -> None:
    session = next(each for each in gateway.sessions() if each.info.phone_number)
    me, tenant = (Participant(Address(phone_number=number), Role.OWNER) for number in (NUMBER, PARTNER))
    [group] = owner.put_groups(
        session.id, Group("120363000000000004@g.us", "House", participants=(me, replace(tenant, role=Role.MEMBER)))
    )
    at, chat = f"?session={session.id}", next(session.chats(search="Tenant")).id
    invited = user.post(f"/sessions/{session.id}/groups/{group}/invite").text
    paths = (f"/people{at}", f"/people/groups{at}", f"/people/groups/{group}{at}", f"/people/contacts/{chat}{at}")
    assert submit_odd(user, [invited, *(user.get(path).text for path in paths)]) > 8


def test_every_field_of_the_forms_for_developers_takes_anything(user: HttpUser) -> None:
    user.post("/developers/webhooks", url="https://app.example.com/hook", payload="full")
    listed = user.get("/developers/webhooks").text
    [webhook] = re.findall(r'id="webhook-([0-9a-f-]{36})"', listed)
    user.post(f"/developers/webhooks/{webhook}/test")
    paths = (f"/developers/webhooks/{webhook}", "/developers/events?after=earliest", "/developers")
    assert submit_odd(user, [listed, *(user.get(path).text for path in paths)]) > 10


def submit_odd(user: HttpUser, shown: list[str]) -> int:
    """Send every form of some pages with odd texts in each of its fields; return how many forms there were."""
    found = {(without_ids(form.action), form.fields.get("kind")): form for page in shown for form in forms(page)}
    ordered = sorted(found.values(), key=lambda form: bool(_LAST.search(form.action)))
    for form in ordered:
        for place, name in enumerate(sorted({*form.names, "key"} if form.action.endswith("/messages") else form.names)):
            for text in chosen(form, place):
                accept(submit(user, form, {**form.fields, name: text}), form, name)
            if not form.action.endswith("/try"):
                accept(submit(user, form, form.fields, f"{name}={ODD_BYTES}"), form, name)
    return len(ordered)


def chosen(form: Form, place: int) -> list[str]:
    """Return what to try: less where there are many fields; and nothing that starts a trial, which is waited for."""
    if form.action.endswith("/try"):
        return [text for text in ODD if "\x00" in text or len(text) > 4096]
    return ODD if len(form.names) < 8 else [ODD[place % len(ODD)]]


def without_ids(path: str) -> str:
    return re.sub(r"[0-9a-f-]{36}|\+[0-9]+|\?.*", "", path)


def pages(user: HttpUser) -> list[str]:
    connection = user.get("/connection").text
    ids = re.findall(r'id="session-([0-9a-f-]{36})"', connection)
    shown = [connection, user.get("/try-it").text, user.get("/sign-in").text]
    for session in ids:
        for path in (
            f"/assistant?session={session}",
            f"/messaging?session={session}",
            f"/messaging?session={session}&new=1",
        ):
            shown.append(user.get(path).text)
        for chat in re.findall(r"chat=([0-9a-f-]{36})", shown[-2]):
            shown += open_chat(user, f"/messaging?session={session}&chat={chat}")
    return shown


def open_chat(user: HttpUser, path: str) -> list[str]:
    """Return the page of a chat, and it with each form that may stand in the composer's place."""
    page = user.get(path).text
    on = re.findall(r'id="m-([0-9a-f-]{36})"', page)[-1]
    acts = [user.get(f"{path}&act={act}&on={on}").text for act in (*ON_MESSAGES, *FORMS)]
    return [page, *acts]


def submit(user: HttpUser, form: Form, fields: dict[str, str], more: str = "") -> httpx.Response:
    if form.method == "get":
        return user.http.get(f"{form.action}?{httpx.QueryParams(fields)}&{more}")
    body = f"{httpx.QueryParams(fields)}&{more}".strip("&")
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return user.http.post(form.action, content=body.encode(), headers=kind)


def accept(response: httpx.Response, form: Form, name: str) -> None:
    said = f"{form.method} {form.action} {name}: {response.status_code}"
    assert response.status_code < 500, said
    wrong = _ENGLISH_OF_THE_VALIDATOR.search(response.text)
    assert wrong is None, f"{said} {response.text[wrong.start() - 100 : wrong.end() + 100]}"


def test_every_address_takes_anything(user: HttpUser) -> None:
    session = re.findall(r'id="session-([0-9a-f-]{36})"', user.get("/connection").text)[-1]
    [chat] = re.findall(r"chat=([0-9a-f-]{36})", user.get(f"/messaging?session={session}").text)[:1]
    for path, names in PARAMETERS.items():
        for name in names:
            rest = {key: value for key, value in {"session": session, "chat": chat}.items() if key != name}
            for odd in (*(str(httpx.QueryParams({name: text})) for text in ODD), f"{name}={ODD_BYTES}"):
                response = user.get(f"{path}?{httpx.QueryParams(rest)}&{odd}")
                assert response.status_code < 500, (path, odd[:60])
    for text in ("%00", "%FF", "x" * 5000, "..%2f", "%D0%BA"):
        assert user.get(f"/sessions/{text}/connect").status_code in (404, 405)


@pytest.mark.parametrize("header", ["Cookie", "Origin", "If-None-Match", "X-Request-ID", "Content-Type"])
def test_every_header_takes_anything(explorer: Explorer, user: HttpUser, header: str) -> None:
    for odd in (b"\xff\xfe", "ключ".encode(), b"\xed\xa0\x80", b"x" * 4000):
        given = [(b"Origin", explorer.url.encode())] if header != "Origin" else []
        value = b"gateway_explorer=" + odd if header == "Cookie" else odd
        for method, path in (("GET", "/connection"), ("POST", "/sign-in"), ("POST", "/sessions")):
            headers = [*given, (header.encode(), value)]
            response = user.http.request(method, f"/explorer{path}", headers=headers, content=b"key=x")
            assert response.status_code < 500, (method, path)
