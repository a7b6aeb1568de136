"""The blocking client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import httpx

from gateway.client import calls, flows
from gateway.client.calls import Id
from gateway.client.configuration import options
from gateway.client.models import Health
from gateway.client.retry import Retry
from gateway.client.runner import Runner
from gateway.client.session import Session
from gateway.domain.sessions import SessionState


class Gateway(Runner):
    """The gateway as the user of one API key sees it; its methods block. May be shared by threads.

    `url` and `api_key` are GATEWAY_API_URL and GATEWAY_API_KEY of the environment where omitted. `retry` bounds the
    retries after 429, 503 and lost connections; `transport` replaces httpx's own.

    Every method may raise Unauthenticated, RateLimited, ServerError, Unreachable and UnexpectedAnswer, which are
    ClientErrors; docstrings name what else a method raises.

    >>> with Gateway(url, api_key) as gateway:
    ...     session = gateway.create_session("office")
    ...     print(session.status().status)
    disconnected
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        retry: Retry | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(httpx.Client(**options(url, api_key), transport=transport), retry or Retry())

    def health(self) -> Health:
        """Return the state of the API and of each part it needs, also while one is down. Needs no API key.

        >>> gateway.health().status
        'ok'
        """
        return self.ask(calls.health())

    def create_session(
        self,
        name: str,
        *,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Session:
        """Create a session: a place for one WhatsApp number, which `Session.connect` links.

        `name` has 1 to 100 characters; `external_id` and `metadata` are yours. Calls with the same `idempotency_key` (1
        to 255 visible ASCII characters) create one session; each call has a key of its own where it is omitted. Raise
        InvalidInput, IdempotencyConflict.

        >>> gateway.create_session("front desk").info.session_name
        'front desk'
        """
        call = calls.create_session(name, idempotency_key, external_id=external_id, metadata=metadata)
        return Session(self, self.ask(call))

    def session(self, session_id: Id) -> Session:
        """Return the session of this id. Raise NotFound, also for another user's.

        >>> gateway.session(session.id).info.session_name
        'office'
        """
        return Session(self, self.ask(calls.session(session_id)))

    def sessions(
        self, *, status: SessionState | str | None = None, external_id: str | None = None
    ) -> Iterator[Session]:
        """Iterate over sessions, newest first; pages are requested as they are needed.

        `status` and `external_id` limit them to those in this state, and with this id of yours. Raise InvalidInput.

        >>> [each.info.session_name for each in gateway.sessions()]
        ['office']
        """
        call = partial(calls.sessions, limit=flows.SESSIONS_PAGE, status=status, external_id=external_id)
        for info in self.iterate(flows.pages(call, self.retry)):
            yield Session(self, info)
