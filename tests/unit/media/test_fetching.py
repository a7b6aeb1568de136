"""Files that are fetched from an address, of a real server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from functions.media.fetching import Fetching, Unreachable
from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason
from gateway.outbound import egress
from tests.sites import Site, respond, serving

LARGEST = 1000


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def fetch(tmp_path: Path) -> Callable[[str], str | None]:
    return lambda url: Fetching(5.0, private=True).fetch(url, tmp_path / "target", LARGEST)


def _reason(fetch: Callable[[str], str | None], url: str) -> MediaReason:
    with pytest.raises(MediaRejected) as rejected:
        fetch(url)
    return rejected.value.reason


def test_a_file_comes_with_the_name_that_its_address_ends_with(
    site: Site, fetch: Callable[[str], str | None], tmp_path: Path
) -> None:
    assert fetch(f"{site.url}/files/the%20lease.pdf?signature=1") == "the lease.pdf"
    assert (tmp_path / "target").read_bytes() == b"the file"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="lease.pdf"', "lease.pdf"),
        ("attachment; filename*=UTF-8''Mietvertr%C3%A4ge.pdf", "Mietverträge.pdf"),
        ("inline", "given"),
        ("; ; =", "given"),
    ],
)
def test_the_name_that_the_server_says_goes_first(
    site: Site, fetch: Callable[[str], str | None], header: str, name: str
) -> None:
    site.answer = lambda request: respond(request, 200, b"the file", content_disposition=header)
    assert fetch(f"{site.url}/given") == name


def test_redirects_are_followed_but_not_for_ever(site: Site, fetch: Callable[[str], str | None]) -> None:
    def lead_on(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/here.pdf":
            respond(request, 200, b"the file")
        else:
            respond(request, 302, location="/here.pdf" if request.path == "/once" else "/again")

    site.answer = lead_on
    assert fetch(f"{site.url}/once") == "here.pdf"
    assert _reason(fetch, f"{site.url}/again") is MediaReason.NOT_FOUND


@pytest.mark.parametrize("location", ["http://a:x/", "file:///etc/passwd"])
def test_a_redirect_to_what_is_no_address_is_refused(
    site: Site, fetch: Callable[[str], str | None], location: str
) -> None:
    site.answer = lambda request: respond(request, 302, location=location)
    assert _reason(fetch, site.url) is MediaReason.ADDRESS_NOT_VALID


def test_a_redirect_to_no_host_leads_nowhere(site: Site, fetch: Callable[[str], str | None]) -> None:
    site.answer = lambda request: respond(request, 302, location="http://[")
    with pytest.raises(Unreachable):
        fetch(site.url)


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("host", [f"{'a' * 64}.example", "a..example"])
def test_a_host_that_nobody_can_be_asked_for_is_not_reached(tmp_path: Path, host: str, private: bool) -> None:
    with pytest.raises(Unreachable):
        Fetching(5.0, private=private).fetch(f"https://{host}/", tmp_path / "target", LARGEST)


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_what_is_not_there_is_refused(site: Site, fetch: Callable[[str], str | None], status: int) -> None:
    site.answer = lambda request: respond(request, status)
    assert _reason(fetch, site.url) is MediaReason.NOT_FOUND


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_be_there_later_is_tried_again(site: Site, fetch: Callable[[str], str | None], status: int) -> None:
    site.answer = lambda request: respond(request, status)
    with pytest.raises(Unreachable):
        fetch(site.url)


def test_no_more_is_read_than_is_allowed(site: Site, fetch: Callable[[str], str | None]) -> None:
    site.answer = lambda request: respond(request, 200, bytes(LARGEST + 1))
    assert _reason(fetch, site.url) is MediaReason.TOO_LARGE


def test_a_server_that_stalls_is_not_waited_for(site: Site, tmp_path: Path) -> None:
    ended = threading.Event()

    def stall(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        ended.wait(10)

    site.answer = stall
    with pytest.raises(Unreachable):
        Fetching(0.3, private=True).fetch(site.url, tmp_path / "target", LARGEST)
    ended.set()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/a", "gopher://a/b", "http://", "nonsense"])
def test_other_addresses_are_none(fetch: Callable[[str], str | None], url: str) -> None:
    assert _reason(fetch, url) is MediaReason.ADDRESS_NOT_VALID


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a", "https://localhost/a", "http://169.254.169.254/latest/meta-data", "http://[::1]/a"]
)
def test_our_own_network_is_not_asked(tmp_path: Path, url: str) -> None:
    fetching = Fetching(5.0, private=False)
    assert _reason(lambda url: fetching.fetch(url, tmp_path / "target", LARGEST), url) is MediaReason.ADDRESS_NOT_PUBLIC


def test_a_redirect_does_not_lead_into_our_own_network(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "is_public", lambda address: address == "127.0.0.1")
    site.answer = lambda request: respond(request, 302, location="http://169.254.169.254/latest/meta-data")
    fetching = Fetching(5.0, private=False)
    assert (
        _reason(lambda url: fetching.fetch(url, tmp_path / "target", LARGEST), site.url)
        is MediaReason.ADDRESS_NOT_PUBLIC
    )
