"""Address, key and timeouts of requests, the same for both clients."""

from __future__ import annotations

import os
from typing import Any, TypedDict

import httpx

from gateway.client.calls import Call

DEFAULT_URL = "http://127.0.0.1:3001"
# Seconds. The API may wait ten of them for WhatsApp before it answers a send.
TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class Options(TypedDict):
    """The arguments of both of httpx's clients."""

    base_url: str
    headers: dict[str, str]
    timeout: httpx.Timeout
    follow_redirects: bool


def options(url: str | None, api_key: str | None) -> Options:
    """Return the options for httpx; GATEWAY_API_URL and GATEWAY_API_KEY are used for what is not given."""
    key = api_key or os.environ.get("GATEWAY_API_KEY")
    headers = {"User-Agent": "whatsapp-gateway-client", "Accept": "application/json"}
    return Options(
        base_url=url or os.environ.get("GATEWAY_API_URL") or DEFAULT_URL,
        headers={**headers, **({"X-API-Key": key} if key else {})},
        timeout=TIMEOUT,
        # A redirect would carry the key elsewhere.
        follow_redirects=False,
    )


def request(client: httpx.Client | httpx.AsyncClient, call: Call[Any]) -> httpx.Request:
    """Build the HTTP request of a call."""
    return client.build_request(call.method, call.path, params=call.query, json=call.body, headers=call.headers)
