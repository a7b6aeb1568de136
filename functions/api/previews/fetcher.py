"""Fetches the page behind a link, and its picture: at public addresses, until a deadline, of each a bounded part."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass

import httpx2

from functions.api.previews.page import read_page
from functions.api.previews.picture import read_picture
from gateway.domain.links import LinkPreview
from gateway.outbound.bounds import deadline
from gateway.outbound.client import guarded_client

log = logging.getLogger(__name__)

# What previews need stands at the beginning of a page.
_PAGE_BYTES = 500_000
_PICTURE_BYTES = 300_000
_MOST_REDIRECTS = 3
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; whatsapp-gateway; link preview)"}
_PAGES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class _Answer:
    """Of `body` the beginning: one byte more than was asked for where there is more."""

    url: httpx2.URL
    media_type: str
    body: bytes


class Fetcher:
    """`seconds` bound a page with its picture; `private` allows addresses of our own network."""

    def __init__(self, seconds: float, *, private: bool) -> None:
        self._seconds = seconds
        self._private = private
        self._tls = httpx2.create_ssl_context()

    def fetch(self, link: str) -> LinkPreview | None:
        """Return what is shown of the page; None where it cannot be had. Raises nothing that a page can cause."""
        try:
            with self._client() as client, deadline(self._seconds):
                return _preview(client, link)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            # Links are a part of what people write: they are in no log.
            log.info("a page could not be fetched", extra={"error": type(error).__name__})
            return None

    def _client(self) -> httpx2.Client:
        """Return a client of one page: what a page wants remembered goes with it."""
        return guarded_client(self._tls, self._seconds, private=self._private, headers=_HEADERS)


def _preview(client: httpx2.Client, link: str) -> LinkPreview | None:
    answer = _get(client, httpx2.URL(link), _PAGE_BYTES)
    page = read_page(answer.body) if answer is not None and answer.media_type in _PAGES else None
    if answer is None or page is None:
        return None
    thumbnail = None
    with suppress(httpx2.HTTPError, httpx2.InvalidURL):
        thumbnail = _thumbnail(client, answer.url.join(page.picture)) if page.picture else None
    return LinkPreview(link, page.title, page.description, thumbnail)


def _thumbnail(client: httpx2.Client, url: httpx2.URL) -> bytes | None:
    answer = _get(client, url, _PICTURE_BYTES)
    return read_picture(answer.body) if answer and len(answer.body) <= _PICTURE_BYTES else None


def _get(client: httpx2.Client, url: httpx2.URL, most: int) -> _Answer | None:
    """Return the answer, after some redirects, each of them guarded; None for any other than 200. Raises HTTPError."""
    for _ in range(_MOST_REDIRECTS + 1):
        if url.scheme not in ("http", "https"):
            return None
        with client.stream("GET", url) as response:
            if response.has_redirect_location:
                url = url.join(response.headers["Location"])
                continue
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            is_plain = response.headers.get("Content-Encoding", "identity").lower() == "identity"
            is_found = response.status_code == httpx2.codes.OK and is_plain
            return _Answer(url, media_type, _read(response, most)) if is_found else None
    return None


def _read(response: httpx2.Response, most: int) -> bytes:
    read = bytearray()
    for part in response.iter_raw():
        read += part
        if len(read) > most:
            break
    return bytes(read[: most + 1])
