"""Encrypted files from WhatsApp's media hosts, over plain HTTPS and piece by piece.

The message says where its file is, and so its sender chooses the address: it leads to a host of WhatsApp, or nowhere.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from gateway.media_function_settings import MediaSettings
from gateway.outbound.bounds import ask_uncompressed, deadline, keep_to_deadline

_HOST = "mmg.whatsapp.net"
_DOMAIN = ".whatsapp.net"
_CHUNK_BYTES = 256 * 1024
# As WhatsApp's own web client says of itself; without, some hosts refuse.
_HEADERS = {"Origin": "https://web.whatsapp.com", "Referer": "https://web.whatsapp.com/"}
# How each kind is named in the address of a file.
_MMS_TYPES = {"sticker": "image", "voice": "audio"}
_GONE = (403, 404, 410)


class Gone(Exception):
    """WhatsApp does not have the file any more, or does not give it."""


class Unreachable(Exception):
    """It may be there later; the text says what happened, without addresses."""


class TooLarge(Exception):
    """More comes than may."""


class Downloads:
    """Used by one thread at a time."""

    def __init__(self, settings: MediaSettings) -> None:
        self._seconds = settings.media_fetch_seconds
        self._client = httpx2.Client(
            verify=ssl.create_default_context(cafile=settings.whatsapp_authority),
            proxy=settings.whatsapp_proxy,
            trust_env=False,
            timeout=settings.media_stall_seconds,
            follow_redirects=False,
            headers=_HEADERS,
            event_hooks={"request": [ask_uncompressed]},
        )
        keep_to_deadline(self._client)

    @contextmanager
    def open(self, source: Mapping[str, Any], kind: str, largest: int) -> Iterator[Iterator[bytes]]:
        """Open a file by the message's own address, then by its path; at most `largest` bytes of it come.

        Raises Gone when neither has it, and Unreachable and TooLarge, while it is read, too.
        """
        with deadline(self._seconds), _translated_errors():
            response = self._first_answer(addresses(source, kind))
            try:
                yield _bounded(response, largest)
            finally:
                response.close()

    def close(self) -> None:
        self._client.close()

    def _first_answer(self, urls: list[str]) -> httpx2.Response:
        """Return the first answer that has the file; what failed for now outweighs that another has it no more."""
        failures: list[int | str] = []
        for url in urls:
            try:
                response = self._client.send(self._client.build_request("GET", url), stream=True)
            except httpx2.HTTPError as error:
                failures.append(type(error).__name__)
                continue
            if response.status_code == httpx2.codes.OK:
                return response
            response.close()
            failures.append(response.status_code)
        if all(failure in _GONE for failure in failures):
            raise Gone(f"answers {failures}")
        raise Unreachable(f"answers {failures}")


def addresses(source: Mapping[str, Any], kind: str) -> list[str]:
    """Return where a file may be: the message's own URL as it is, and its path at the host that has all files.

    A person's picture, which is not encrypted, is at its URL alone.
    """
    own, path = source.get("url"), source.get("directPath")
    found = [own] if own and is_whatsapps(own) else []
    if path and path.startswith("/") and "fileEncSha256" in source:
        digest = quote(base64.urlsafe_b64encode(base64.b64decode(source["fileEncSha256"])).decode(), safe="")
        joint = "&" if "?" in path else "?"
        made = f"https://{_HOST}{path}{joint}hash={digest}&mms-type={_MMS_TYPES.get(kind, kind)}&__wa-mms="
        found += [made] if is_whatsapps(made) else []
    return found


def is_whatsapps(url: str) -> bool:
    """Return whether an address leads to one of WhatsApp's hosts over HTTPS, at the usual port and without a login."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https"
            and (parts.hostname or "").endswith(_DOMAIN)
            and parts.port in (None, 443)
            and "@" not in parts.netloc
        )
    except ValueError:
        return False


def _bounded(response: httpx2.Response, largest: int) -> Iterator[bytes]:
    size = 0
    for piece in response.iter_raw(_CHUNK_BYTES):
        size += len(piece)
        if size > largest:
            raise TooLarge
        yield piece


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unreachable(type(error).__name__) from None
