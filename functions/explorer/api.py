"""The client library as the pages use it: one client a request, over shared connections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from functions.explorer.auth import SignInDep
from gateway.client import Gateway, Retry
from gateway.domain.access import EXPLORER_AGENT

# Fails early: a page that waits for the API shows nothing meanwhile, and one with an error reloads by itself.
RETRY = Retry(attempts=2, first_wait=0.1, longest_wait=1.0)


def gateway_for(request: Request, api_key: str) -> Gateway:
    """Return a client with this key over the app's connections; do not close it, or they are closed for all."""
    state = request.app.state
    return Gateway(state.settings.api_url, api_key, retry=RETRY, user_agent=EXPLORER_AGENT, transport=state.transport)


def _gateway(request: Request, sign_in: SignInDep) -> Iterator[Gateway]:
    yield gateway_for(request, sign_in.api_key)


GatewayDep = Annotated[Gateway, Depends(_gateway)]
