"""Previews of links in texts: fetched from a real site, stored with the message, and never in the way of it."""

from __future__ import annotations

import base64
import importlib
import io
import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from uuid import uuid4

import pytest
from PIL import Image

from gateway.domain.outbound import Text
from gateway.store.outbound import content_of
from tests.integration.api.server import JSON, Api, Owner, Parts, until
from tests.sites import Site, respond, serving

TO = "+15550002002"
HEAD = (
    b'<title>The flat</title><meta name="description" content="Two rooms"><meta property="og:image" content="/p.png">'
)
# More than a busy machine takes for a page, and as much as a site that stalls may take.
PATIENT_SECONDS, SECONDS = 10.0, 0.7


def _picture(side: int = 300) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(written, "PNG")
    return written.getvalue()


def page(request: BaseHTTPRequestHandler, html: bytes = HEAD) -> None:
    if request.path == "/p.png":
        respond(request, 200, _picture(), content_type="image/png")
    else:
        respond(request, 200, html, content_type="text/html; charset=utf-8")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.answer = page
        yield site


@pytest.fixture(scope="module")
def showing(parts: Parts) -> Iterator[Api]:
    """The API that may fetch pages from this machine, and has loaded what it needs for that."""
    importlib.import_module("functions.api.previews.fetcher")
    with parts.api(private_preview_urls=True, link_preview_seconds=PATIENT_SECONDS) as api:
        yield api


@pytest.fixture
def api(showing: Api) -> Api:
    return showing.as_user()


@pytest.fixture
def impatient(parts: Parts, showing: Api) -> Iterator[Api]:
    """The API that waits for no site, when it has loaded what it needs."""
    with parts.api(private_preview_urls=True, link_preview_seconds=SECONDS) as api:
        yield api


def sent(api: Api, owner: Owner, text: str, **fields: object) -> Text:
    """What is queued to be sent of a text."""
    body: JSON = {"to": TO, "text": text, **fields}
    answer = api.post(f"{owner.path}/messages", body, Prefer="respond-async")
    assert answer.status_code == 202, answer.text
    content = content_of(owner.message(answer.json()["id"]))
    assert isinstance(content, Text) and content.text == text
    return content


def title_of(api: Api, owner: Owner, text: str, **fields: object) -> str | None:
    preview = sent(api, owner, text, **fields).preview
    return preview.title if preview else None


def test_a_link_is_shown_with_title_description_and_picture(api: Api, owner: Owner, site: Site) -> None:
    preview = sent(api, owner, f"See {site.url}/flat.").preview
    assert preview is not None
    assert (preview.link, preview.title, preview.description) == (f"{site.url}/flat", "The flat", "Two rooms")
    with Image.open(io.BytesIO(preview.thumbnail or b"")) as image:
        assert (image.format, image.size) == ("JPEG", (200, 200))


def test_many_sends_of_a_link_fetch_it_once(api: Api, owner: Owner, site: Site) -> None:
    for number in range(5):
        assert title_of(api, owner, f"{number}: {site.url}/flat") == "The flat"
    assert site.asked == ["/flat", "/p.png"]


def test_no_page_is_fetched_for_who_does_not_want_it(api: Api, owner: Owner, site: Site, parts: Parts) -> None:
    assert title_of(api, owner, f"{site.url}/flat", linkPreview=False) is None
    assert title_of(api, owner, "no link") is None
    with parts.api(private_preview_urls=True, link_previews=False) as off:
        assert title_of(off, off.linked_session(), f"{site.url}/flat") is None
    assert site.asked == []
    wrong = api.post(f"{owner.path}/messages", {"to": TO, "text": "a", "linkPreview": "perhaps"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "linkPreview")


def test_no_page_is_fetched_for_a_text_that_is_refused(api: Api, owner: Owner, site: Site, parts: Parts) -> None:
    body: JSON = {"to": TO, "text": f"{site.url}/flat"}
    refused = [
        (api.as_user().post(f"{owner.path}/messages", body), 404),
        (api.post(f"{owner.path}/messages", body | {"replyTo": str(uuid4())}), 404),
        (api.post(f"{owner.path}/messages", body | {"to": "120363000000000000@g.us"}), 404),
        (api.post(f"/sessions/{api.new_session()}/messages", body), 409),
    ]
    with parts.api(private_preview_urls=True, messages_per_minute=1) as paced:
        slow = paced.linked_session()
        sent(paced, slow, "the first")
        refused.append((paced.post(f"{slow.path}/messages", body), 429))
    assert [answer.status_code for answer, _ in refused] == [status for _, status in refused]
    assert site.asked == []


def test_what_was_sent_before_has_no_page_fetched_again(api: Api, owner: Owner, site: Site) -> None:
    headers = {"Prefer": "respond-async", "Idempotency-Key": "once"}
    path, body = f"{owner.path}/messages", {"to": TO, "text": f"{site.url}/once", "linkPreview": True}
    first = api.post(path, body, **headers)
    asked = len(site.asked)
    site.asked.clear()
    again = api.post(path, body, **headers)
    assert (asked > 0, again.json()["id"], site.asked) == (True, first.json()["id"], [])


def test_our_own_network_is_not_asked(module_api: Api, site: Site) -> None:
    """Neither by its address, nor by a name."""
    owner = module_api.linked_session()
    assert title_of(module_api, owner, site.url) is None
    assert title_of(module_api, owner, site.url.replace("127.0.0.1", "localhost")) is None
    assert site.asked == []


@pytest.mark.parametrize("host", [f"{'a' * 64}.example", "a..example"])
def test_a_host_that_nobody_can_be_asked_for_has_no_page(api: Api, module_api: Api, owner: Owner, host: str) -> None:
    """Also the second time, when it is known."""
    for _ in range(2):
        assert title_of(api, owner, f"http://{host}/") is None
    assert title_of(module_api, module_api.linked_session(), f"http://{host}/") is None


def test_a_page_that_stalls_delays_the_text_by_its_limit_alone(impatient: Api, site: Site) -> None:
    owner, ended, paths = impatient.linked_session(), threading.Event(), itertools.count()
    site.answer = lambda request: (ended.wait(60), page(request))[1]  # type: ignore[func-returns-value]
    assert title_of(impatient, owner, f"{site.url}/slow") is None
    ended.set()
    site.answer = page
    # A busy machine may need more than the limit, now and then.
    until(lambda: title_of(impatient, owner, f"{site.url}/{next(paths)}") == "The flat", seconds=60)


def test_a_picture_that_stalls_is_left_out(impatient: Api, site: Site) -> None:
    owner, ended, paths = impatient.linked_session(), threading.Event(), itertools.count()

    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/p.png":
            ended.wait(60)
        page(request)

    site.answer = answer
    preview = until(lambda: sent(impatient, owner, f"{site.url}/{next(paths)}").preview, seconds=60)
    ended.set()
    assert (preview.title, preview.thumbnail) == ("The flat", None)


def test_redirects_are_followed_but_not_for_ever(api: Api, owner: Owner, site: Site) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        to = {"/once": "here", "/again": "/again", "/away": "file:///etc/passwd", "/bad": "http://["}.get(request.path)
        respond(request, 302, location=to) if to else page(request)

    site.answer = answer
    assert title_of(api, owner, f"{site.url}/once") == "The flat"
    for path in ("again", "away", "bad"):
        assert title_of(api, owner, f"{site.url}/{path}") is None
    assert site.asked.count("/again") == 4


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: respond(request, 404, HEAD, content_type="text/html"),
        lambda request: respond(request, 200, HEAD, content_type="application/pdf"),
        lambda request: respond(request, 200, HEAD, content_type="text/html", content_encoding="gzip"),
        lambda request: respond(request, 200, b"<p>", content_type="text/html"),
        lambda request: request.wfile.write(b"\x00 nonsense\r\n\r\n"),
    ],
    ids=["missing", "no page", "compressed", "no title", "no HTTP"],
)
def test_what_is_no_page_is_not_shown(api: Api, owner: Owner, site: Site, answer: object) -> None:
    site.answer = answer  # type: ignore[assignment]
    assert title_of(api, owner, site.url) is None


def test_of_a_page_without_end_the_beginning_is_read_and_no_large_picture(api: Api, owner: Owner, site: Site) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/p.png":
            respond(request, 200, _picture() + bytes(300_000), content_type="image/png")
        else:
            page(request, HEAD + b" " * 5_000_000)

    site.answer = answer
    preview = sent(api, owner, site.url).preview
    assert preview is not None and (preview.title, preview.thumbnail) == ("The flat", None)


def test_a_site_gets_nothing_back_that_it_wanted_remembered(api: Api, owner: Owner, site: Site) -> None:
    cookies: list[str | None] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        cookies.append(request.headers["cookie"])
        respond(request, 200, b"<title>T</title>", content_type="text/html", set_cookie="who=you")

    site.answer = answer
    for path in ("one", "two"):
        assert title_of(api, owner, f"{site.url}/{path}") == "T"
    assert cookies == [None, None]


def test_a_preview_goes_on_with_the_text_and_goes_with_it(api: Api, owner: Owner, site: Site) -> None:
    text = f"{site.url}/flat"
    answer = api.post(f"{owner.path}/messages", {"to": TO, "text": text}, Prefer="respond-async")
    owner.deliver_next("3EB0C1")
    id = answer.json()["id"]
    forwarded = api.post(f"{owner.path}/messages", {"to": TO, "forwardOf": id}, Prefer="respond-async")
    content = content_of(owner.message(forwarded.json()["id"]))
    assert isinstance(content, Text) and content.preview and content.preview.title == "The flat"
    owner.deliver_next("3EB0C2")
    for change in (("PATCH", {"text": "at ten"}), ("DELETE", None)):
        method, body = change
        api.request(method, f"{owner.path}/messages/{id}", json=body, headers={"Prefer": "respond-async"})
        owner.deliver_next(f"3EB0{method}")
        assert "The flat" not in str(owner.message(id).outgoing)
    assert site.asked == ["/flat", "/p.png"]


def test_what_is_stored_of_a_preview_is_small(api: Api, owner: Owner, site: Site) -> None:
    preview = sent(api, owner, site.url).preview
    assert preview is not None and len(base64.b64encode(preview.thumbnail or b"")) < 15_000
