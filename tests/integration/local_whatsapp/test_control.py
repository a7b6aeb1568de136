"""The control API by itself: no client is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from tests.integration.local_whatsapp.conftest import NewNumber
from tests.integration.local_whatsapp.harness import ServerProcess

SPELLINGS = [
    "+49 1798 00000{n}",
    "0049-1798-00000{n}",
    "(49) 1798.00000{n}",
    "00 49 1798/00000{n}",
    "49\u20111798\u00a000000{n}",
]


@pytest.fixture
def http(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.variables()["WHATSAPP_CONTROL_URL"], trust_env=False) as http:
        yield http


def test_phones_are_made_listed_and_changed(control: WhatsAppControl, http: httpx.Client) -> None:
    made = http.post("/phones", json={"number": "491799000001", "name": "Desk"})
    assert made.status_code == 201
    phone = made.json()
    assert (phone["number"], phone["name"], phone["devices"]) == ("+491799000001", "Desk", [])
    assert phone in control.phones()
    assert control.change_phone("+491799000001", autoReceipts=False)["autoReceipts"] is False
    assert http.get("/phones/491799000001").json() == control.phone("+491799000001")


def test_phones_write_to_each_other(control: WhatsAppControl, new_number: NewNumber) -> None:
    first, second = new_number(), new_number()
    sent = control.send(first, second, "hello")
    seen = control.wait_for_status(first, sent, "delivered")
    assert (seen["from"], seen["to"], seen["fromMe"], seen["kind"]) == (first, second, True, "text")
    control.read(second, sent)
    assert [message["status"] for message in control.messages(first)] == ["read"]
    got = control.messages(second)[0]
    assert (got["id"], got["text"], got["fromMe"], got["status"]) == (sent, "hello", False, "read")
    assert control.messages(second, after=got["seq"]) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/phones", {"number": "0123"}, 400),
        ("POST", "/phones", {"number": "+491799000009", "nickname": "x"}, 400),
        ("POST", "/phones", {}, 400),
        ("POST", "/phones", {"number": "{known}"}, 409),
        ("GET", "/phones/+491799999999", None, 404),
        ("GET", "/phones/nobody", None, 400),
        ("PATCH", "/phones/{known}", {"autoReceipts": "sometimes"}, 400),
        ("POST", "/phones/{known}/scan", {}, 400),
        ("POST", "/phones/{known}/scan", {"qr": "a", "code": "b"}, 400),
        ("POST", "/phones/{known}/scan", {"qr": "hello"}, 400),
        ("POST", "/phones/{known}/scan", {"qr": "2@abc,AAAA,AAAA,AAAA,1"}, 410),
        ("POST", "/phones/{known}/scan", {"code": "ABCD-1234"}, 404),
        ("POST", "/phones/{known}/messages", {"to": "+491799999999", "text": "x"}, 404),
        ("POST", "/phones/{known}/messages", {"to": "{known}", "text": ""}, 400),
        ("POST", "/phones/{known}/messages", {"to": "{known}", "kind": "smoke"}, 400),
        ("POST", "/phones/{known}/messages", {"kind": "edit", "messageId": "none", "text": "x"}, 404),
        (
            "POST",
            "/phones/{known}/messages",
            {"to": "{known}", "kind": "location", "latitude": 99, "longitude": 0},
            400,
        ),
        ("POST", "/phones/{known}/messages", {"to": "120363000000000009@g.us", "text": "x"}, 404),
        ("POST", "/phones/{known}/messages", {"to": "9@broadcast", "text": "x"}, 404),
        ("POST", "/phones/{known}/messages", {"to": "broadcast", "text": "x"}, 409),
        ("POST", "/phones/{known}/messages", {"to": "status", "recipients": ["+491799999999"], "text": "x"}, 404),
        ("POST", "/phones/{known}/messages", {"to": "status", "recipients": [], "text": "x"}, 400),
        ("POST", "/phones/{known}/messages", {"to": "x@example.org", "text": "x"}, 400),
        ("POST", "/phones/{known}/messages", {"to": "{known}", "text": "x", "mentions": ["+491799999999"]}, 404),
        ("GET", "/phones/{known}/messages?after=x", None, 400),
        ("POST", "/phones/{known}/typing", {"to": "{known}", "state": "thinking"}, 400),
        ("POST", "/phones/{known}/typing", {"to": "1@newsletter", "state": "paused"}, 409),
        ("POST", "/groups", {"owner": "{known}", "subject": ""}, 400),
        ("POST", "/groups", {"owner": "{known}", "subject": "x", "members": ["+491799999999"]}, 404),
        ("POST", "/phones/{known}/read", {"messageId": "none"}, 404),
        ("POST", "/phones/{known}/unlink", {}, 404),
        ("POST", "/faults", {}, 400),
        ("POST", "/faults", {"earthquake": True}, 400),
        ("POST", "/faults", {"withholdAcks": -1}, 400),
        ("POST", "/faults", {"streamError": {"number": "{known}"}}, 400),
        ("POST", "/faults", {"receipt": {"number": "{known}"}}, 400),
        ("POST", "/faults", {"pairing": "wrongMood"}, 400),
        ("GET", "/phones/{known}/messages?after=1&id=x", None, 400),
        ("GET", "/phones/{known}/messages?changedAfter=-1", None, 400),
        ("GET", "/phones/{known}/messages?last=0", None, 400),
        ("GET", "/phones/{known}/messages?first=1", None, 400),
        ("DELETE", "/phones/+491799999999", None, 404),
        ("DELETE", "/phones", None, 405),
        ("PUT", "/faults", {"drop": True}, 405),
        ("GET", "/nothing", None, 404),
    ],
)
def test_bad_input_gets_a_status_and_a_sentence(
    http: httpx.Client, new_number: NewNumber, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    known = new_number()
    filled = {k: v.replace("{known}", known) if isinstance(v, str) else v for k, v in body.items()} if body else body
    response = http.request(method, path.replace("{known}", known), json=filled)
    assert response.status_code == status
    said = response.json()["error"]
    assert said
    assert not re.search(r"Input should|Value error|String should|Field required|validation error", said), said


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_numbers_are_understood_however_they_are_written(
    http: httpx.Client, control: WhatsAppControl, spelling: str
) -> None:
    number = f"+49179800000{SPELLINGS.index(spelling)}"
    made = http.post("/phones", json={"number": spelling.format(n=number[-1])})
    assert (made.status_code, made.json()["number"]) == (201, number)
    assert http.get(f"/phones/{quote(spelling.format(n=number[-1]), safe='')}").json()["number"] == number
    control.delete_phone(number)


def test_a_reader_gets_what_came_or_changed_since_its_cursor(
    control: WhatsAppControl, http: httpx.Client, new_number: NewNumber
) -> None:
    first, second = new_number(), new_number()

    def read(**query: int) -> tuple[list[tuple[str, str]], int]:
        document = http.get(f"/phones/{first}/messages", params=query).json()
        return [(message["text"], message["status"]) for message in document["messages"]], document["cursor"]

    assert read(last=2) == ([], 0)
    sent = [control.send(first, second, text) for text in ("one", "two", "three")]
    shown, cursor = read(last=2)
    assert shown == [("two", "delivered"), ("three", "delivered")]
    assert read(changedAfter=cursor, last=2) == ([], cursor)
    control.read(second, sent[0])
    control.send(second, first, "four")
    shown, later = read(changedAfter=cursor)
    assert shown == [("one", "read"), ("four", "received")]
    control.send_kind(first, kind="edit", messageId=sent[1], text="two!")
    shown, _ = read(changedAfter=later)
    assert [text for text, _ in shown] == ["two!", "two!"]


def test_what_is_no_json_is_bad_input(http: httpx.Client) -> None:
    assert http.post("/phones", content=b"{").status_code == 400


def test_only_who_wrote_a_message_can_change_it(
    control: WhatsAppControl, http: httpx.Client, new_number: NewNumber
) -> None:
    first, second = new_number(), new_number()
    sent = control.send(first, second, "mine")
    body = {"kind": "edit", "messageId": sent, "text": "yours"}
    assert http.post(f"/phones/{second}/messages", json=body).status_code == 409


def test_only_members_write_into_a_group(control: WhatsAppControl, new_number: NewNumber) -> None:
    first, second, outsider = new_number(), new_number(), new_number()
    group = control.create_group(first, "House 7", [second])
    with pytest.raises(ControlRefused) as refused:
        control.send(outsider, group, "let me in")
    assert refused.value.status == 409


def test_newsletters_are_only_read(control: WhatsAppControl, new_number: NewNumber) -> None:
    author, reader = new_number(), new_number()
    sent = control.send_kind(author, to="120363000000000002@newsletter", recipients=[reader], text="news")
    with pytest.raises(ControlRefused) as refused:
        control.send_kind(reader, kind="reaction", messageId=sent, emoji="👍")
    assert refused.value.status == 409


def test_other_hosts_are_refused_and_recorded(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    with server.start() as control:
        proxy = server.variables()["HTTPS_PROXY"]
        with httpx.Client(proxy=proxy, trust_env=False) as elsewhere:
            with pytest.raises(httpx.ProxyError):
                elsewhere.get("https://example.org/")
            assert elsewhere.get("http://example.org/").status_code == 502
        assert control.problems()["refusedHosts"] == ["example.org:443", "GET http://example.org/"]
    server.stop()


def test_a_taken_port_is_named(server: ServerProcess, tmp_path: Path) -> None:
    taken = server.variables()["WHATSAPP_CONTROL_URL"].rpartition(":")[2]
    failed = ServerProcess(tmp_path).run_to_its_end("--control-port", taken)
    assert failed.returncode == 1
    assert "cannot listen" in failed.stderr
