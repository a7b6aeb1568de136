"""The client for an event loop: the same names as in `gateway.client.sync`, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from gateway.client import assistant, calls, flows
from gateway.client.assistant import Assistant, Takeover, Turn, Usage
from gateway.client.calls import Call, Id
from gateway.client.configuration import options, request
from gateway.client.flows import Batch, Flow, Pause
from gateway.client.models import Chat, Event, Health, Message, Sent, SessionInfo, Status
from gateway.client.retry import Retry

T = TypeVar("T")


class AsyncGateway:
    """One user's gateway, for one event loop; every call may raise ClientError.

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
        self.retry = retry or Retry()
        self._http = httpx.AsyncClient(**options(url, api_key), transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def health(self) -> Health:
        """The state of each part, also when one is down."""
        return await self.ask(calls.health())

    async def create_session(self, name: str, *, idempotency_key: str | None = None) -> AsyncSession:
        """A new session, not connected yet."""
        return AsyncSession(self, await self.ask(calls.create_session(name, idempotency_key)))

    async def session(self, session_id: Id) -> AsyncSession:
        """Raises NotFound."""
        return AsyncSession(self, await self.ask(calls.session(session_id)))

    async def sessions(self) -> AsyncIterator[AsyncSession]:
        """All sessions, newest first.

        >>> [each.info.session_name async for each in gateway.sessions()]
        ['office']
        """
        async for info in self.iterate(flows.pages(calls.sessions, self.retry)):
            yield AsyncSession(self, info)

    async def ask(self, call: Call[T]) -> T:
        """Perform one call of `gateway.client.calls`."""
        return await self.run(flows.ask(call, self.retry))

    async def run(self, flow: Flow[T]) -> T:
        """Perform a flow in the running event loop."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = await self._perform(step)
                except httpx.TransportError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    async def iterate(self, flow: Flow[Batch[T]] | None) -> AsyncIterator[T]:
        """Perform a flow of batches as far as its items are taken."""
        while flow is not None:
            batch = await self.run(flow)
            for item in batch.items:
                yield item
            flow = batch.rest

    async def _perform(self, step: Call[Any] | Pause) -> httpx.Response | None:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        return await self._http.send(request(self._http, step))


class AsyncSession:
    """A session by its id; `info` is what was known when it was last asked for."""

    def __init__(self, gateway: AsyncGateway, info: SessionInfo) -> None:
        self._gateway = gateway
        self.id = info.id
        self.info = info

    async def refresh(self) -> SessionInfo:
        """Ask for `info` again."""
        self.info = await self._gateway.ask(calls.session(self.id))
        return self.info

    async def connect(self, phone_number: str | None = None) -> Status:
        """Begin to connect; with `phone_number` the phone is linked by a pairing code instead of a QR code."""
        return await self._gateway.ask(calls.connect(self.id, phone_number))

    async def status(self) -> Status:
        """Where the connection stands; while linking with `qr_code` or `pairing_code`."""
        return await self._gateway.ask(calls.status(self.id))

    def status_changes(self, *, interval: float = 1.0) -> AsyncIterator[Status]:
        """The status now and after each change, for ever."""
        return self._gateway.iterate(flows.statuses(self.id, self._gateway.retry, interval))

    async def wait_until_connected(self, *, timeout: float = 120.0, interval: float = 1.0) -> Status:
        """Raises WaitTimeout after `timeout` seconds, NotConnected as soon as waiting is in vain."""
        return await self._gateway.run(flows.connected(self.id, self._gateway.retry, timeout, interval))

    async def disconnect(self) -> Status:
        """End the connection; the number stays linked."""
        return await self._gateway.ask(calls.disconnect(self.id))

    async def logout(self) -> Status:
        """Unlink the number."""
        return await self._gateway.ask(calls.logout(self.id))

    async def delete(self) -> None:
        """Unlink the number and remove the session."""
        await self._gateway.ask(calls.delete_session(self.id))

    async def send(self, to: str, text: str, *, wait: bool = True, idempotency_key: str | None = None) -> Sent:
        """Send a text; answers `queued` when WhatsApp did not confirm in time, at once with `wait=False`.

        >>> print((await session.send("+4915112345678", "The plumber comes at nine.")).status)
        sent
        """
        return await self._gateway.ask(calls.send(self.id, to, text, wait=wait, key=idempotency_key))

    async def message(self, message_id: Id) -> Message:
        """One message with its timeline. Raises NotFound."""
        return await self._gateway.ask(calls.message(self.id, message_id))

    def messages(self, *, chat: Id | None = None) -> AsyncIterator[Message]:
        """All messages, newest first; pages are asked for as they are needed.

        >>> [message.content async for message in session.messages()]
        ['The plumber comes at nine.', 'The tap drips.']
        """
        return self._gateway.iterate(
            flows.pages(lambda cursor: calls.messages(self.id, cursor, chat=chat), self._gateway.retry)
        )

    async def resend(self, message_id: Id, *, wait: bool = True) -> Sent:
        """Send a failed message again. Raises Conflict unless it failed."""
        return await self._gateway.ask(calls.resend(self.id, message_id, wait=wait))

    def chats(self, *, search: str | None = None) -> AsyncIterator[Chat]:
        """Conversations, last active first; `search` looks in names and numbers."""
        return self._gateway.iterate(
            flows.pages(lambda cursor: calls.chats(self.id, cursor, search=search), self._gateway.retry)
        )

    async def read(self, chat_id: Id) -> None:
        """Tell the chat's people that their messages were read."""
        await self._gateway.ask(calls.read_chat(self.id, chat_id))

    async def last_event(self) -> int:
        """The number of the newest event: what comes behind it is new."""
        return await self._gateway.run(flows.last_event(self.id, self._gateway.retry))

    def events(self, *, after: int | None = None, interval: float = 1.0) -> AsyncIterator[Event]:
        """The event log after `after`, or from now on, and for ever what comes; outages of the API are waited out."""
        return self._gateway.iterate(flows.follow_events(self.id, self._gateway.retry, interval, after))

    def follow(self, *, after: int | None = None, interval: float = 1.0) -> AsyncIterator[Message]:
        """Messages as they come, for ever; `after` is the number of an event to begin behind.

        >>> async for message in session.follow(after=0):
        ...     print(message.push_name, message.content)
        ...     break
        Tenant The tap drips.
        """
        retry = self._gateway.retry
        events = flows.follow_events(self.id, retry, interval, after)
        return self._gateway.iterate(flows.follow_messages(self.id, retry, interval, events))

    async def assistant(self) -> Assistant:
        """The assistant's settings."""
        return await self._gateway.ask(assistant.assistant(self.id))

    async def configure_assistant(self, **changes: object) -> Assistant:
        """Change settings, named as `Assistant` names them; what is not named stays, `api_key` too."""
        return await self._gateway.ask(assistant.configure(self.id, changes))

    async def test_assistant(self, message: str) -> Turn:
        """What it would answer, without sending; a turn that is under way still when the model is slow."""
        return await self._gateway.ask(assistant.test(self.id, message))

    def turns(self, *, chat: Id | None = None) -> AsyncIterator[Turn]:
        """Every decision of the assistant, newest first."""
        return self._gateway.iterate(
            flows.pages(lambda cursor: assistant.turns(self.id, cursor, chat=chat), self._gateway.retry)
        )

    async def token_usage(self, *, days: int = 30) -> Usage:
        """Tokens by day, beside the budget of a day."""
        return await self._gateway.ask(assistant.usage(self.id, days))

    async def takeover(self, chat_id: Id) -> Takeover:
        """Who answers in a chat."""
        return await self._gateway.ask(assistant.takeover(self.id, chat_id))

    async def take_over(self, chat_id: Id, *, minutes: int | None = None) -> Takeover:
        """Silence the assistant in a chat, for as long as its settings say or so many minutes."""
        return await self._gateway.ask(assistant.take_over(self.id, chat_id, minutes))

    async def hand_back(self, chat_id: Id) -> Takeover:
        """Let the assistant answer in the chat again."""
        return await self._gateway.ask(assistant.hand_back(self.id, chat_id))
