"""The client library, as the pages use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from functions.explorer.auth import VisitorDep
from gateway.client import Gateway, Retry

# A page that waits helps nobody: it says what is wrong and looks again by itself.
RETRY = Retry(attempts=2, first_wait=0.1, longest_wait=1.0)


def gateway_for(request: Request, api_key: str) -> Gateway:
    """A client of its own for one request, over the connections that all share."""
    return Gateway(request.app.state.settings.api_url, api_key, retry=RETRY, transport=request.app.state.transport)


def _gateway(request: Request, visitor: VisitorDep) -> Iterator[Gateway]:
    yield gateway_for(request, visitor.api_key)


GatewayDep = Annotated[Gateway, Depends(_gateway)]
