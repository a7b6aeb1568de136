"""Address, key and timeouts of requests, the same for both clients."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, TypedDict

import httpx

from gateway.client.calls import Call
from gateway.client.errors import InvalidInput, Unreachable

DEFAULT_URL = "http://127.0.0.1:3001"
# Seconds. The API may wait ten of them for WhatsApp before it answers a send.
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# Three of the API's heartbeats: who hears nothing for so long is behind something that holds streams back.
STREAM_TIMEOUT = httpx.Timeout(50.0, connect=5.0)


class Options(TypedDict):
    """The arguments of both of httpx's clients."""

    base_url: httpx.URL
    headers: list[tuple[bytes, bytes]]
    timeout: httpx.Timeout
    follow_redirects: bool


def options(url: str | None, api_key: str | None, user_agent: str | None = None) -> Options:
    """Return the options for httpx; GATEWAY_API_URL and GATEWAY_API_KEY are used for what is not given."""
    key = api_key or os.environ.get("GATEWAY_API_KEY")
    headers = {
        "User-Agent": user_agent or "whatsapp-gateway-client",
        "Accept": "application/json",
        **({"X-API-Key": key} if key else {}),
    }
    return Options(
        base_url=_address(url or os.environ.get("GATEWAY_API_URL") or DEFAULT_URL),
        headers=_encoded(headers),
        timeout=TIMEOUT,
        # A redirect would carry the key elsewhere.
        follow_redirects=False,
    )


def request(
    client: httpx.Client | httpx.AsyncClient, call: Call[Any], timeout: httpx.Timeout = TIMEOUT
) -> httpx.Request:
    """Build the HTTP request of a call. Raise InvalidInput for a text that cannot be sent at all."""
    headers = _encoded(call.headers)
    try:
        return client.build_request(
            call.method,
            call.path,
            params=call.query,
            json=call.body,
            files=_form(call),
            headers=headers,
            timeout=timeout,
        )
    except UnicodeEncodeError as error:
        raise InvalidInput(422, {"code": "invalid_input", "detail": "A text is not valid Unicode."}) from error
    except httpx.InvalidURL as error:
        raise InvalidInput(422, {"code": "invalid_input", "detail": "A value is too long for an address."}) from error


def _form(call: Call[Any]) -> dict[str, Any] | None:
    if call.part is None:
        return None
    call.part.rewind()
    return {"file": (call.part.name, call.part)}


def _address(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, UnicodeEncodeError) as error:
        reason = "it is not valid Unicode" if isinstance(error, UnicodeEncodeError) else error
        raise Unreachable(f"The address of the API is not a URL: {reason}.") from error


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Encode headers so that they can be sent: what no key can hold arrives as such, and the API says so."""
    illegal = re.compile(r"[^ -~\x80-\ud7ff\ue000-\U0010ffff]|^ | $")
    return [(name.encode(), illegal.sub("\ufffd", value).encode()) for name, value in headers.items()]
