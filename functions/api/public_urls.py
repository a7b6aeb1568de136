"""URLs that callers give us to call, checked as far as their text tells; where they lead is checked at each call."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from gateway.domain.errors import InvalidInput


def webhook_url(text: str, *, private: bool) -> str:
    """Return the URL of a webhook; `private` allows http and addresses of our own network. Raises InvalidInput."""
    _require_url("url", text, "a URL such as https://app.example.com/api/whatsapp", private=private)
    return text


def service_url(text: str, *, private: bool) -> str:
    """Return the URL of a model's service, without a slash at its end; as webhook_url()."""
    example = "the URL of an OpenAI-compatible service, such as https://api.openai.com/v1"
    if _require_url("baseUrl", text, example, private=private).query:
        raise InvalidInput("baseUrl", "The URL must hold no query.")
    return text.rstrip("/")


def _require_url(field: str, text: str, example: str, *, private: bool) -> SplitResult:
    """Return the parts of a URL. Raises InvalidInput."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(field, "This is not a URL.") from error
    if not host or parts.scheme not in ("https", "http") or not all("!" <= character <= "~" for character in text):
        raise InvalidInput(field, f"Write {example}.")
    if parts.username or parts.password or parts.fragment:
        raise InvalidInput(field, "The URL must hold no login and no fragment.")
    if not private and (parts.scheme != "https" or not _may_be_public(host)):
        raise InvalidInput(field, "It must be reachable at a public address over https.")
    return parts


def _may_be_public(host: str) -> bool:
    """Return whether a host can be one on the internet."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.rstrip(".") and not host.endswith((".localhost", ".local", ".internal"))
