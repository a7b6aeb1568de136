"""Fetches what a caller of the API named by its address: from public networks only, to a size and a deadline."""

from __future__ import annotations

import logging
from email.message import Message
from pathlib import Path

import httpx2

from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason
from gateway.outbound.bounds import deadline
from gateway.outbound.client import guarded_client
from gateway.outbound.egress import AddressNotPublic

log = logging.getLogger(__name__)

_REDIRECTS = 5
_TOO_MANY_REQUESTS = 429
_USER_AGENT = "whatsapp-gateway-media"


class Unreachable(Exception):
    """It could not be fetched now; another attempt may succeed."""


class Fetching:
    """`seconds` bound a whole fetch; `private` allows addresses of our own network."""

    def __init__(self, seconds: float, *, private: bool) -> None:
        self._seconds = seconds
        tls = httpx2.create_ssl_context()
        self._client = guarded_client(tls, seconds, private=private, headers={"user-agent": _USER_AGENT})

    def fetch(self, url: str, target: Path, largest: int) -> str | None:
        """Write what is there to `target` and return its name, which is a stranger's; None where it has none.

        Raises Unreachable, and MediaRejected for what will be refused each time.
        """
        try:
            with deadline(self._seconds):
                return self._fetch(httpx2.URL(url), target, largest)
        except AddressNotPublic as error:
            raise MediaRejected(MediaReason.ADDRESS_NOT_PUBLIC) from error
        except httpx2.InvalidURL as error:
            raise MediaRejected(MediaReason.ADDRESS_NOT_VALID) from error
        except httpx2.UnsupportedProtocol as error:
            raise MediaRejected(MediaReason.ADDRESS_NOT_VALID) from error
        except httpx2.HTTPError as error:
            raise Unreachable(type(error).__name__) from error

    def _fetch(self, url: httpx2.URL, target: Path, largest: int) -> str | None:
        """Follow redirects here: each one's address is looked at by the transport as the first is."""
        for _ in range(_REDIRECTS):
            with self._client.stream("GET", url) as response:
                if response.has_redirect_location:
                    url = url.join(response.headers["location"])
                    continue
                _require_success(response)
                _write(response, target, largest)
                return _said_name(response) or url.path.rpartition("/")[2] or None
        raise MediaRejected(MediaReason.NOT_FOUND, "The address leads on to others without end.")


def _said_name(response: httpx2.Response) -> str | None:
    """Return the name under which the server wants the file saved."""
    header = Message()
    header["Content-Disposition"] = response.headers.get("content-disposition", "")
    return header.get_filename()


def _require_success(response: httpx2.Response) -> None:
    if response.is_success:
        return
    if response.is_server_error or response.status_code == _TOO_MANY_REQUESTS:
        raise Unreachable(f"status {response.status_code}")
    raise MediaRejected(MediaReason.NOT_FOUND, f"The address answered with status {response.status_code}.")


def _write(response: httpx2.Response, target: Path, largest: int) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaRejected(MediaReason.NOT_FOUND, "The address answered in a compressed form, which nobody asked for.")
    size = 0
    with target.open("wb") as file:
        for part in response.iter_raw():
            size += len(part)
            if size > largest:
                raise MediaRejected(MediaReason.TOO_LARGE)
            file.write(part)
