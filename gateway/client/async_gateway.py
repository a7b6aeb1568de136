"""The asyncio client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import partial

import httpx

from gateway.client import calls, flows
from gateway.client.async_session import AsyncSession
from gateway.client.calls import Id
from gateway.client.configuration import options
from gateway.client.models import Health
from gateway.client.retry import Retry
from gateway.client.runner import AsyncRunner
from gateway.domain.sessions import SessionState


class AsyncGateway(AsyncRunner):
    """The gateway as the user of one API key sees it; for one event loop.

    `url` and `api_key` are GATEWAY_API_URL and GATEWAY_API_KEY of the environment where omitted. `retry` bounds the
    retries after 429, 503 and lost connections; `transport` replaces httpx's own.

    Every method may raise Unauthenticated, RateLimited, ServerError, Unreachable and UnexpectedAnswer, which are
    ClientErrors; docstrings name what else a method raises.

    >>> async with AsyncGateway(url, api_key) as gateway:
    ...     session = await gateway.create_session("office")
    ...     print((await session.status()).status)
    disconnected
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        retry: Retry | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(httpx.AsyncClient(**options(url, api_key), transport=transport), retry or Retry())

    async def health(self) -> Health:
        """Return the state of the API and of each part it needs, also while one is down. Needs no API key.

        >>> (await gateway.health()).status
        'ok'
        """
        return await self.ask(calls.health())

    async def create_session(
        self,
        name: str,
        *,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> AsyncSession:
        """Create a session: a place for one WhatsApp number, which `AsyncSession.connect` links.

        `name` has 1 to 100 characters; `external_id` and `metadata` are yours. Calls with the same `idempotency_key` (1
        to 255 visible ASCII characters) create one session; each call has a key of its own where it is omitted. Raise
        InvalidInput, IdempotencyConflict.

        >>> (await gateway.create_session("front desk")).info.session_name
        'front desk'
        """
        call = calls.create_session(name, idempotency_key, external_id=external_id, metadata=metadata)
        return AsyncSession(self, await self.ask(call))

    async def session(self, session_id: Id) -> AsyncSession:
        """Return the session of this id. Raise NotFound, also for another user's.

        >>> (await gateway.session(session.id)).info.session_name
        'office'
        """
        return AsyncSession(self, await self.ask(calls.session(session_id)))

    async def sessions(
        self, *, status: SessionState | str | None = None, external_id: str | None = None
    ) -> AsyncIterator[AsyncSession]:
        """Iterate over sessions, newest first; pages are requested as they are needed.

        `status` and `external_id` limit them to those in this state, and with this id of yours. Raise InvalidInput.

        >>> [each.info.session_name async for each in gateway.sessions()]
        ['office']
        """
        call = partial(calls.sessions, limit=flows.SESSIONS_PAGE, status=status, external_id=external_id)
        async for info in self.iterate(flows.pages(call, self.retry)):
            yield AsyncSession(self, info)
