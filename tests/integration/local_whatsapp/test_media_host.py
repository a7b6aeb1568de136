"""The media hosts by themselves: what is stored, who gets it, and the faults."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from tests.integration.local_whatsapp.harness import ServerProcess

PRIMARY, FALLBACK = "mmg.whatsapp.net", "media-ham3-1.cdn.whatsapp.net"


@pytest.fixture
def media(server: ServerProcess) -> Iterator[httpx.Client]:
    variables = server.variables()
    authority = ssl.create_default_context(cafile=variables["SSL_CERT_FILE"])
    with httpx.Client(proxy=variables["HTTPS_PROXY"], verify=authority, trust_env=False, timeout=10) as media:
        yield media


def token_of(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()


def upload(
    media: httpx.Client, body: bytes, token: str = "", auth: str = "local", host: str = PRIMARY
) -> httpx.Response:
    url = f"https://{host}/mms/image/{token or token_of(body)}"
    return media.post(url, params={"auth": auth, "token": token}, content=body)


def by_path(address: dict[str, Any], body: bytes, host: str = PRIMARY) -> str:
    return f"https://{host}{address['direct_path']}&hash={token_of(body)}&mms-type=image&__wa-mms="


@pytest.mark.parametrize("padding", ["=", ""])
def test_what_is_uploaded_can_be_downloaded_by_url_and_by_path(
    control: WhatsAppControl, media: httpx.Client, padding: str
) -> None:
    body = os.urandom(200_000)
    address = upload(media, body, token_of(body).rstrip("=") + padding).json()
    for url in (address["url"], by_path(address, body), by_path(address, body, FALLBACK)):
        assert media.get(url).content == body
    assert media.get(address["url"], headers={"Range": "bytes=10-19"}).content == body[10:20]


def test_who_has_no_right_to_it_gets_nothing(control: WhatsAppControl, media: httpx.Client) -> None:
    body = os.urandom(100)
    address = upload(media, body).json()
    path = address["url"].partition("?")[0]
    assert [media.get(url).status_code for url in (path, address["url"].replace("oe=", "oe=F"), path + "0")] == [
        403,
        403,
        404,
    ]
    assert upload(media, body, auth="stolen").status_code == 401
    assert upload(media, body, token_of(b"other")).status_code == 400
    assert upload(media, body, "%C3%A9").status_code == 400


def test_an_address_expires(control: WhatsAppControl, media: httpx.Client) -> None:
    control.fault(media={"lifetime": 0})
    address = upload(media, b"short-lived").json()
    assert media.get(address["url"]).status_code == 403
    control.clear_faults()
    assert media.get(upload(media, b"short-lived").json()["url"]).status_code == 200


def test_faults_hit_what_they_name(control: WhatsAppControl, media: httpx.Client) -> None:
    body = os.urandom(50_000)
    address = upload(media, body).json()
    control.fault(media={"status": 410, "way": "path", "count": 1})
    control.fault(media={"status": 503, "host": "primary", "kind": "image"})
    control.fault(media={"status": 404, "kind": "video"})
    control.fault(media={"on": "upload", "status": 507, "count": 1})
    got = [by_path(address, body, FALLBACK), by_path(address, body), address["url"], by_path(address, body, FALLBACK)]
    assert [media.get(url).status_code for url in got] == [410, 503, 503, 200]
    assert [upload(media, body).status_code for _ in range(2)] == [507, 200]


def test_a_corrupt_file_differs_and_a_cut_one_ends_early(control: WhatsAppControl, media: httpx.Client) -> None:
    body = os.urandom(50_000)
    address = upload(media, body).json()
    control.fault(media={"effect": "corrupt", "count": 1})
    spoiled = media.get(address["url"]).content
    assert len(spoiled) == len(body)
    assert spoiled != body
    control.fault(media={"effect": "cut", "count": 1})
    with pytest.raises(httpx.TransportError):
        media.get(address["url"])
    control.fault(media={"effect": "cut", "on": "upload", "count": 1})
    with pytest.raises(httpx.TransportError):
        upload(media, body)
    assert media.get(address["url"]).content == body


@pytest.mark.parametrize("on", ["download", "upload"])
def test_what_stalls_goes_on_when_the_faults_are_cleared(
    control: WhatsAppControl, media: httpx.Client, on: str
) -> None:
    body, done = os.urandom(300_000), threading.Event()
    address = upload(media, body).json()
    control.fault(media={"effect": "stall", "on": on})
    got: list[httpx.Response] = []

    def transfer() -> None:
        got.append(media.get(address["url"]) if on == "download" else upload(media, body))
        done.set()

    threading.Thread(target=transfer, daemon=True).start()
    assert not done.wait(0.5)
    control.clear_faults()
    assert done.wait(10)
    assert got[0].status_code == 200


def test_a_slow_host_takes_its_time(control: WhatsAppControl, media: httpx.Client) -> None:
    body = os.urandom(30_000)
    address = upload(media, body).json()
    control.fault(media={"rate": 60_000})
    control.fault(media={"rate": 60_000, "on": "upload"})
    got = media.get(address["url"])
    assert got.content == body
    assert got.elapsed.total_seconds() >= 0.3
    assert upload(media, body).elapsed.total_seconds() >= 0.3


@pytest.mark.parametrize(
    "fault",
    [{}, {"status": 404, "rate": 1}, {"status": 200}, {"on": "upload", "effect": "corrupt"}, {"effect": "burn"}],
)
def test_a_fault_that_is_none_is_refused(control: WhatsAppControl, fault: dict[str, Any]) -> None:
    with pytest.raises(ControlRefused) as refused:
        control.fault(media=fault)
    assert refused.value.status == 400


def test_the_server_can_be_reached_at_its_address_too(server: ServerProcess) -> None:
    variables = server.variables()
    authority = ssl.create_default_context(cafile=variables["NODE_EXTRA_CA_CERTS"])
    with httpx.Client(verify=authority, trust_env=False) as direct:
        assert direct.get(variables["WHATSAPP_URL"].replace("wss:", "https:")).status_code == 400


def test_what_no_media_host_has_is_a_problem(server: ServerProcess, media: httpx.Client) -> None:
    with server.control() as control:
        before = control.problems()["unknownStanzas"]
        assert media.get(f"https://{PRIMARY}/secret/path").status_code == 404
        added = control.problems()["unknownStanzas"][len(before) :]
    assert added == [f"404 at GET {PRIMARY}/secret/path"]
