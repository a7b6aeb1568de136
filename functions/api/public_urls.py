"""URLs that callers give us to call, checked as far as their text tells; where they lead is checked at each call."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from gateway.domain.errors import InvalidInput


def webhook_url(text: str, *, private: bool) -> str:
    """Return the URL of a webhook; `private` allows http and addresses of our own network. Raises InvalidInput."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput("url", "This is not a URL.") from error
    if not host or parts.scheme not in ("https", "http") or not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidInput("url", "Write a URL such as https://app.example.com/api/whatsapp.")
    if parts.username or parts.password or parts.fragment:
        raise InvalidInput("url", "The URL must hold no login and no fragment.")
    if not private and (parts.scheme != "https" or not may_be_public(host)):
        raise InvalidInput("url", "It must be reachable at a public address over https.")
    return text


def may_be_public(host: str) -> bool:
    """Return whether a host can be one on the internet."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.rstrip(".") and not host.endswith((".localhost", ".local", ".internal"))
