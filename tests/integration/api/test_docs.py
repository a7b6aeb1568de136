from __future__ import annotations

import json
import re

from functions.api.openapi import FILE
from tests.integration.api.server import Api


def test_the_document_and_its_page_need_no_key_and_no_internet(api: Api) -> None:
    page = api.http.get("/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert link.startswith("/docs/assets/")
        assert api.http.get(link).status_code == 200
    assert "https://" not in page.text


def test_its_page_keeps_no_key_and_may_not_be_framed(api: Api) -> None:
    page = api.http.get("/docs")
    assert "persistAuthorization" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'sha256-" in policy


def test_the_document_is_the_one_in_the_repository(api: Api) -> None:
    assert api.http.get("/openapi.json").json() == json.loads(FILE.read_text(encoding="utf-8"))
