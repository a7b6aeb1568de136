"""Where files are fetched from: WhatsApp's hosts, and no other."""

from __future__ import annotations

import base64

import pytest

from functions.media.download import addresses, is_whatsapps

SHA = base64.b64encode(b"\xff" * 32).decode()
URL = "https://media-ham3-1.cdn.whatsapp.net/v/t62/1?ccb=11-4&oh=01_Q5&oe=6"


def test_the_messages_own_address_comes_first_and_keeps_its_query() -> None:
    source = {"url": URL, "directPath": "/v/t62/1?oh=01", "fileEncSha256": SHA}
    own, made = addresses(source, "voice")
    assert own == URL
    digest = "_" * 42 + "8%3D"
    assert made == f"https://mmg.whatsapp.net/v/t62/1?oh=01&hash={digest}&mms-type=audio&__wa-mms="


def test_a_path_without_a_query_gets_one() -> None:
    (made,) = addresses({"directPath": "/v/1", "fileEncSha256": SHA}, "sticker")
    assert made.startswith("https://mmg.whatsapp.net/v/1?hash=") and "&mms-type=image&" in made


@pytest.mark.parametrize(
    "url",
    [
        "http://mmg.whatsapp.net/v/1",
        "https://whatsapp.net.evil.example/v/1",
        "https://evilwhatsapp.net/v/1",
        "https://whatsapp.net/v/1",
        "https://mmg.whatsapp.net:8443/v/1",
        "https://user@mmg.whatsapp.net/v/1",
        "https://mmg.whatsapp.net@evil.example/v/1",
        "https://127.0.0.1/v/1",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1/v",
        "https://mmg.whatsapp.net:port/v",
        "file:///etc/passwd",
        "",
    ],
)
def test_no_other_address_is_asked(url: str) -> None:
    assert not is_whatsapps(url)
    assert addresses({"url": url, "fileEncSha256": SHA}, "image") == []


@pytest.mark.parametrize("path", ["v/1", "@evil.example/v", ":8443/v", ".evil.example/v"])
def test_a_path_that_is_none_makes_no_address(path: str) -> None:
    assert addresses({"directPath": path, "fileEncSha256": SHA}, "image") == []
