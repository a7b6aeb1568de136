"""The client whose calls block."""

from __future__ import annotations

import time
from collections.abc import Iterator
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


class Gateway:
    """One user's gateway. May be shared by threads; every call may raise ClientError.

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
        self.retry = retry or Retry()
        self._http = httpx.Client(**options(url, api_key), transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def health(self) -> Health:
        """The state of each part, also when one is down.

        >>> gateway.health().status
        'ok'
        """
        return self.ask(calls.health())

    def create_session(self, name: str, *, idempotency_key: str | None = None) -> Session:
        """A new session, not connected yet.

        >>> gateway.create_session("front desk").info.session_name
        'front desk'
        """
        return Session(self, self.ask(calls.create_session(name, idempotency_key)))

    def session(self, session_id: Id) -> Session:
        """Raises NotFound.

        >>> gateway.session(session.id).id == session.id
        True
        """
        return Session(self, self.ask(calls.session(session_id)))

    def sessions(self) -> Iterator[Session]:
        """All sessions, newest first.

        >>> [each.info.session_name for each in gateway.sessions()]
        ['office']
        """
        for info in self.iterate(flows.pages(calls.sessions, self.retry)):
            yield Session(self, info)

    def ask(self, call: Call[T]) -> T:
        """Perform one call of `gateway.client.calls`."""
        return self.run(flows.ask(call, self.retry))

    def run(self, flow: Flow[T]) -> T:
        """Perform a flow in this thread."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = self._perform(step)
                except httpx.TransportError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def iterate(self, flow: Flow[Batch[T]] | None) -> Iterator[T]:
        """Perform a flow of batches as far as its items are taken."""
        while flow is not None:
            batch = self.run(flow)
            yield from batch.items
            flow = batch.rest

    def _perform(self, step: Call[Any] | Pause) -> httpx.Response | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        return self._http.send(request(self._http, step))


class Session:
    """A session by its id; `info` is what was known when it was last asked for."""

    def __init__(self, gateway: Gateway, info: SessionInfo) -> None:
        self._gateway = gateway
        self.id = info.id
        self.info = info

    def refresh(self) -> SessionInfo:
        """Ask for `info` again.

        >>> session.refresh().session_name
        'office'
        """
        self.info = self._gateway.ask(calls.session(self.id))
        return self.info

    def connect(self, phone_number: str | None = None) -> Status:
        """Begin to connect; with `phone_number` the phone is linked by a pairing code instead of a QR code.

        >>> print(gateway.create_session("lobby").connect().status)
        connecting
        """
        return self._gateway.ask(calls.connect(self.id, phone_number))

    def status(self) -> Status:
        """Where the connection stands; while linking with `qr_code` or `pairing_code`.

        >>> session.status().phone_number
        '+447700900101'
        """
        return self._gateway.ask(calls.status(self.id))

    def status_changes(self, *, interval: float = 1.0) -> Iterator[Status]:
        """The status now and after each change, for ever."""
        return self._gateway.iterate(flows.statuses(self.id, self._gateway.retry, interval))

    def wait_until_connected(self, *, timeout: float = 120.0, interval: float = 1.0) -> Status:
        """Raises WaitTimeout after `timeout` seconds, NotConnected as soon as waiting is in vain.

        >>> print(session.wait_until_connected().status)
        connected
        """
        return self._gateway.run(flows.connected(self.id, self._gateway.retry, timeout, interval))

    def disconnect(self) -> Status:
        """End the connection; the number stays linked."""
        return self._gateway.ask(calls.disconnect(self.id))

    def logout(self) -> Status:
        """Unlink the number."""
        return self._gateway.ask(calls.logout(self.id))

    def delete(self) -> None:
        """Unlink the number and remove the session."""
        self._gateway.ask(calls.delete_session(self.id))

    def send(self, to: str, text: str, *, wait: bool = True, idempotency_key: str | None = None) -> Sent:
        """Send a text; answers `queued` when WhatsApp did not confirm in time, at once with `wait=False`.

        >>> print(session.send("+4915112345678", "The plumber comes at nine.").status)
        sent
        """
        return self._gateway.ask(calls.send(self.id, to, text, wait=wait, key=idempotency_key))

    def message(self, message_id: Id) -> Message:
        """One message with its timeline. Raises NotFound.

        >>> print(*[entry.status for entry in session.message(sent.id).timeline])
        queued sent
        """
        return self._gateway.ask(calls.message(self.id, message_id))

    def messages(self, *, chat: Id | None = None) -> Iterator[Message]:
        """All messages, newest first; pages are asked for as they are needed.

        >>> [message.content for message in session.messages()]
        ['The plumber comes at nine.', 'The tap drips.']
        """
        return self._gateway.iterate(
            flows.pages(lambda cursor: calls.messages(self.id, cursor, chat=chat), self._gateway.retry)
        )

    def resend(self, message_id: Id, *, wait: bool = True) -> Sent:
        """Send a failed message again. Raises Conflict unless it failed."""
        return self._gateway.ask(calls.resend(self.id, message_id, wait=wait))

    def chats(self, *, search: str | None = None) -> Iterator[Chat]:
        """Conversations, last active first; `search` looks in names and numbers.

        >>> [chat.phone_number for chat in session.chats()]
        ['+4915112345678']
        """
        return self._gateway.iterate(
            flows.pages(lambda cursor: calls.chats(self.id, cursor, search=search), self._gateway.retry)
        )

    def read(self, chat_id: Id) -> None:
        """Tell the chat's people that their messages were read."""
        self._gateway.ask(calls.read_chat(self.id, chat_id))

    def last_event(self) -> int:
        """The number of the newest event: what comes behind it is new."""
        return self._gateway.run(flows.last_event(self.id, self._gateway.retry))

    def events(self, *, after: int | None = None, interval: float = 1.0) -> Iterator[Event]:
        """The event log after `after`, or from now on, and for ever what comes; outages of the API are waited out.

        >>> print(next(session.events(after=0)).type)
        session.state
        """
        return self._gateway.iterate(flows.follow_events(self.id, self._gateway.retry, interval, after))

    def follow(self, *, after: int | None = None, interval: float = 1.0) -> Iterator[Message]:
        """Messages as they come, for ever; `after` is the number of an event to begin behind.

        >>> for message in session.follow(after=0):
        ...     print(message.push_name, message.content)
        ...     break
        Tenant The tap drips.
        """
        retry = self._gateway.retry
        events = flows.follow_events(self.id, retry, interval, after)
        return self._gateway.iterate(flows.follow_messages(self.id, retry, interval, events))

    def assistant(self) -> Assistant:
        """The assistant's settings."""
        return self._gateway.ask(assistant.assistant(self.id))

    def configure_assistant(self, **changes: object) -> Assistant:
        """Change settings, named as `Assistant` names them; what is not named stays, `api_key` too.

        >>> session.configure_assistant(enabled=True, system_prompt="You answer for Elm Street 5.").enabled
        True
        """
        return self._gateway.ask(assistant.configure(self.id, changes))

    def test_assistant(self, message: str) -> Turn:
        """What it would answer, without sending; a turn that is under way still when the model is slow."""
        return self._gateway.ask(assistant.test(self.id, message))

    def turns(self, *, chat: Id | None = None) -> Iterator[Turn]:
        """Every decision of the assistant, newest first."""
        return self._gateway.iterate(
            flows.pages(lambda cursor: assistant.turns(self.id, cursor, chat=chat), self._gateway.retry)
        )

    def token_usage(self, *, days: int = 30) -> Usage:
        """Tokens by day, beside the budget of a day."""
        return self._gateway.ask(assistant.usage(self.id, days))

    def takeover(self, chat_id: Id) -> Takeover:
        """Who answers in a chat."""
        return self._gateway.ask(assistant.takeover(self.id, chat_id))

    def take_over(self, chat_id: Id, *, minutes: int | None = None) -> Takeover:
        """Silence the assistant in a chat, for as long as its settings say or so many minutes."""
        return self._gateway.ask(assistant.take_over(self.id, chat_id, minutes))

    def hand_back(self, chat_id: Id) -> Takeover:
        """Let the assistant answer in the chat again."""
        return self._gateway.ask(assistant.hand_back(self.id, chat_id))
