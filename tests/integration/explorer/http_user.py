"""A user of the Explorer without a browser: requests pages, and sends their forms with the CSRF token."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx


class HttpUser:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.token = ""

    def sign_in(self, key: str) -> httpx.Response:
        response = self.http.post("/explorer/sign-in", data={"key": key})
        if response.status_code == 303:
            found = re.search(r'name="token" value="([^"]+)"', self.http.get("/explorer/connection").text)
            assert found
            self.token = found[1]
        return response

    def get(self, path: str) -> httpx.Response:
        return self.http.get(f"/explorer{path}")

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.http.post(f"/explorer{path}", data={"token": self.token, **fields})


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def elements(html: str) -> _Elements:
    """Parse a page as a browser would."""
    parser = _Elements()
    parser.feed(html)
    return parser
