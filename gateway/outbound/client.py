"""The HTTP client for addresses that people give us."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpx2

from gateway.outbound.bounds import ask_uncompressed, keep_to_deadline
from gateway.outbound.egress import PublicOnly


def guarded_client(
    tls: ssl.SSLContext, seconds: float, *, private: bool, headers: Mapping[str, str] | None = None
) -> httpx2.Client:
    """Return a client that keeps to the deadline of its thread, and to public networks unless `private`.

    It follows no redirects. `seconds` bound each step of a request.
    """
    client = httpx2.Client(
        verify=tls,
        transport=None if private else PublicOnly(tls),
        timeout=seconds,
        follow_redirects=False,
        headers=headers,
        event_hooks={"request": [ask_uncompressed]},
    )
    keep_to_deadline(client)
    return client
