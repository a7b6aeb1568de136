"""The asyncio client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from functools import partial
from typing import Literal

import httpx

from gateway.client import calls, flows, keys
from gateway.client.async_session import AsyncSession
from gateway.client.async_webhooks import AsyncWebhooks
from gateway.client.calls import Id
from gateway.client.configuration import options
from gateway.client.events import Event
from gateway.client.following import Following, Wanted
from gateway.client.health import Health
from gateway.client.keys import ApiKey, CurrentKey, IssuedKey, Token
from gateway.client.retry import Retry
from gateway.client.runner import AsyncRunner
from gateway.domain.access import Scope
from gateway.domain.events import EventType
from gateway.domain.sessions import SessionState


class AsyncGateway(AsyncRunner):
    """The gateway as one API key or token sees it; for one event loop.

    `url` and `api_key` are GATEWAY_API_URL and GATEWAY_API_KEY of the environment where omitted. `retry` bounds the
    retries after 429, 503 and lost connections; `user_agent` names the program; `transport` replaces httpx's own.

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
        user_agent: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(httpx.AsyncClient(**options(url, api_key, user_agent), transport=transport), retry or Retry())
        self.webhooks = AsyncWebhooks(self)

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
        user_profile_id: Id | None = None,
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> AsyncSession:
        """Create a session: a place for one WhatsApp number, which `AsyncSession.connect` links.

        `name` has 1 to 100 characters; `external_id` and `metadata` are yours. With an app key `user_profile_id` says
        whose it is. Calls with the same `idempotency_key` (1
        to 255 visible ASCII characters) create one session; each call has a key of its own where it is omitted. Raise
        InvalidInput, IdempotencyConflict.

        >>> (await gateway.create_session("front desk")).info.session_name
        'front desk'
        """
        call = calls.create_session(
            name, idempotency_key, user_profile_id=user_profile_id, external_id=external_id, metadata=metadata
        )
        return AsyncSession(self, await self.ask(call))

    async def session(self, session_id: Id) -> AsyncSession:
        """Return the session of this id. Raise NotFound, also for another user's.

        >>> (await gateway.session(session.id)).info.session_name
        'office'
        """
        return AsyncSession(self, await self.ask(calls.session(session_id)))

    async def sessions(
        self,
        *,
        user_profile_id: Id | None = None,
        status: SessionState | str | None = None,
        external_id: str | None = None,
    ) -> AsyncIterator[AsyncSession]:
        """Iterate over sessions, newest first; pages are requested as they are needed.

        `user_profile_id`, `status` and `external_id` limit them to those of this user, in this state, and with this id
        of yours. Raise InvalidInput.

        >>> [each.info.session_name async for each in gateway.sessions()]
        ['office']
        """
        call = partial(
            calls.sessions,
            limit=flows.SESSIONS_PAGE,
            user_profile_id=user_profile_id,
            status=status,
            external_id=external_id,
        )
        async for info in self.iterate(flows.pages(call, self.retry)):
            yield AsyncSession(self, info)

    async def create_key(
        self,
        name: str,
        scopes: Collection[Scope | str],
        *,
        user_profile_id: Id | None = None,
        session_ids: Collection[Id] | None = None,
    ) -> IssuedKey:
        """Make a key and return it with its text, `key`, which is shown this once. Needs the scope `admin`.

        With an app key it is an app key, or the key of `user_profile_id`; else one of the own user. It may do no more
        than the key of this client. Not repeated where the answer is lost: revoke what `keys` shows then. Raise
        Forbidden, InvalidInput, and NotFound for what is not the user's.

        >>> (await gateway.create_key("reader", ["read"])).scopes
        (<Scope.READ: 'read'>,)
        """
        call = keys.create_key(name, scopes, user_profile_id=user_profile_id, session_ids=session_ids)
        return await self.ask(call)

    def keys(self, *, user_profile_id: Id | None = None) -> AsyncIterator[ApiKey]:
        """Iterate over keys, newest first, with those that have ended; `user_profile_id` limits them to a user's.

        Needs the scope `admin`. Raise Forbidden.

        >>> [each.name async for each in gateway.keys()][-1:]
        ['test']
        """
        call = partial(keys.keys, user_profile_id=user_profile_id)
        return self.iterate(flows.pages(call, self.retry))

    async def current_key(self) -> CurrentKey:
        """Return what the key or token of this client may do.

        >>> (await gateway.current_key()).is_token
        False
        """
        return await self.ask(keys.current_key())

    async def rotate_key(self, key_id: Id, *, grace_seconds: int | None = None) -> IssuedKey:
        """Make a key with the same rights and return it; the old one lives on for `grace_seconds`, a day if omitted.

        Needs the scope `admin`. Raise Forbidden, NotFound, Conflict for a key that has ended.

        >>> (await gateway.rotate_key((await gateway.current_key()).id, grace_seconds=60)).name
        'test'
        """
        return await self.ask(keys.rotate_key(key_id, grace_seconds))

    async def revoke_key(self, key_id: Id) -> None:
        """Refuse a key and its tokens from now on. Needs the scope `admin`. Raise Forbidden, NotFound.

        >>> made = await gateway.create_key("short", ["read"])
        >>> await gateway.revoke_key(made.id)
        """
        await self.ask(keys.revoke_key(key_id))

    async def create_token(
        self, session_ids: Collection[Id], scopes: Collection[Scope | str], *, expires_in: int | None = None
    ) -> Token:
        """Make a token for a browser: for these sessions and scopes alone, for `expires_in` seconds (900 if omitted).

        None of it may be more than what the key has. Raise Forbidden, InvalidInput, NotFound.

        >>> token = await gateway.create_token([session.id], ["read"], expires_in=60)
        >>> async with AsyncGateway(url, token.token) as page:
        ...     print([each.info.session_name async for each in page.sessions()])
        ['office']
        """
        return await self.ask(keys.create_token(session_ids, scopes, expires_in))

    def follow(
        self,
        *,
        after: str = "latest",
        types: Collection[EventType | str] | None = None,
        session_ids: Collection[Id] | None = None,
        payload: Literal["full", "ids"] = "full",
        interval: float = 1.0,
    ) -> AsyncIterator[Event]:
        """Yield the events of all sessions after a cursor, then new ones for ever, as they happen.

        `after` is the `id` of an event, `earliest` or `latest`: keep the `id` of the last one to go on after a restart,
        without gaps or repeats. `types` and `session_ids` limit them; with `payload="ids"` they come without messages.
        Each type has a class, such as MessageStatusEvent; one that this client does not know is an Event.

        They come by a stream, or by asking every `interval` seconds where streams do not pass. Outages of the API and
        rate limits are waited out. Raise CursorExpired where events after the cursor are not kept any more, and
        InvalidInput.

        >>> async for event in gateway.follow(after="earliest", types=["message.received"]):
        ...     print(event.data.message.content)
        ...     break
        The tap drips.
        """
        wanted = Wanted(types=types, session_ids=session_ids, payload=payload)
        return self.follow_events(Following(wanted, after, interval))
