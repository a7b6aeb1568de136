"""A session of the asyncio client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from functools import partial
from typing import Unpack

from gateway.client import assistant, calls, flows, following
from gateway.client.assistant import Assistant, Takeover, Turn, Usage
from gateway.client.async_contacting import AsyncContacting
from gateway.client.async_downloads import AsyncDownloading
from gateway.client.async_file_sending import AsyncFileSending
from gateway.client.async_grouping import AsyncGrouping
from gateway.client.async_presences import AsyncPresences
from gateway.client.async_sending import AsyncSending
from gateway.client.calls import Id
from gateway.client.chats import Chat
from gateway.client.events import Event, MessageReceivedEvent
from gateway.client.filters import MessageFilters, SessionChanges
from gateway.client.following import Following, Wanted
from gateway.client.models import Message, SessionInfo, Status
from gateway.client.runner import AsyncRunner
from gateway.domain.events import EventType


class AsyncSession(AsyncSending, AsyncFileSending, AsyncDownloading, AsyncGrouping, AsyncContacting, AsyncPresences):
    """One WhatsApp number and its messages; `info` is the session as it was when it was last read.

    Every method may raise NotFound, once the session has been deleted, and what `AsyncGateway` names.
    """

    def __init__(self, gateway: AsyncRunner, info: SessionInfo) -> None:
        self._gateway = gateway
        self.id = info.id
        self.info = info

    def __repr__(self) -> str:
        return f"AsyncSession({self.info.session_name!r}, id={str(self.id)!r}, status={str(self.info.status)!r})"

    async def refresh(self) -> SessionInfo:
        """Read `info` again and return it.

        >>> (await session.refresh()).session_name
        'office'
        """
        self.info = await self._gateway.ask(calls.session(self.id))
        return self.info

    async def change(self, **changes: Unpack[SessionChanges]) -> SessionInfo:
        """Change `session_name`, `external_id`, `metadata` (as a whole), `media_policy` or `presence`; return `info`.

        It is read again. What is not named stays as it is; None removes `external_id`. Raise InvalidInput.

        >>> (await session.change(metadata={"plan": "pro"})).metadata
        {'plan': 'pro'}
        """
        self.info = await self._gateway.ask(calls.change_session(self.id, changes))
        return self.info

    async def connect(
        self, phone_number: str | None = None, *, history: str | None = None, history_days: int | None = None
    ) -> Status:
        """Start to connect and return the state; a session that is connecting or connected is left as it is.

        A linked session connects by itself. Another must be linked first: its `status` holds a QR code soon, or a
        pairing code where `phone_number` (the number of the phone that will be linked) is given, also while a QR code
        is shown. `history` (`none`, `recent` or `full`) is what that phone is asked for from before the link, at most
        `history_days` back. Raise InvalidPhoneNumber, InvalidInput, and Conflict where another number is linked.

        >>> lobby = await gateway.create_session("lobby")
        >>> print((await lobby.connect()).status)
        connecting
        """
        return await self._gateway.ask(calls.connect(self.id, phone_number, history=history, history_days=history_days))

    async def status(self) -> Status:
        """Return the state of the connection, with the QR or pairing code while the session is being linked.

        >>> (await session.status()).phone_number
        '+447700900101'
        """
        return await self._gateway.ask(calls.status(self.id))

    def status_changes(self, *, interval: float = 1.0) -> AsyncIterator[Status]:
        """Yield the status now and after each change, for ever; it is polled every `interval` seconds.

        A new QR code is a change: show each until the session is connected. Outages of the API and rate limits are
        waited out.

        >>> async for status in session.status_changes():
        ...     print(status.status)
        ...     break
        connected
        """
        return self._gateway.iterate(flows.statuses(self.id, self._gateway.retry, interval))

    async def wait_for_code(self, *, timeout: float = 120.0, interval: float = 1.0) -> Status:
        """Return the status with the code to link the session by, or once it is connected, where it needs none.

        The code is `qr_text` and `qr_png`, or `pairing_code` where `connect` was given a number. A QR code is valid for
        a while, then another takes its place: `status_changes` has each. Raise as `wait_until_connected` does.

        >>> lobby = await gateway.create_session("lobby")
        >>> print((await lobby.connect()).qr_text)
        None
        >>> (await lobby.wait_for_code()).qr_text[:2]
        '2@'
        """
        return await self._gateway.run(flows.code(self.id, self._gateway.retry, timeout, interval))

    async def wait_until_connected(self, *, timeout: float = 120.0, interval: float = 1.0) -> Status:
        """Return once the session is connected; its status is polled every `interval` seconds.

        Raise WaitTimeout after `timeout` seconds, and NotConnected as soon as it is disconnected or logged out: it does
        not connect then before `connect` is called.

        >>> print((await session.wait_until_connected()).status)
        connected
        """
        return await self._gateway.run(flows.connected(self.id, self._gateway.retry, timeout, interval))

    async def disconnect(self) -> Status:
        """Start to end the connection and return the state. The number stays linked: `connect` needs no new code."""
        return await self._gateway.ask(calls.disconnect(self.id))

    async def logout(self) -> Status:
        """Start to unlink the number and return the state. Messages that were queued and not sent yet fail."""
        return await self._gateway.ask(calls.logout(self.id))

    async def delete(self) -> None:
        """Delete the session; its number is unlinked and its messages are gone."""
        await self._gateway.ask(calls.delete_session(self.id))

    async def message(self, message_id: Id) -> Message:
        """Return a message of this id (ours, not WhatsApp's), with its timeline. Raise NotFound.

        >>> print(*[entry.status for entry in (await session.message(sent.id)).timeline])
        queued sent
        """
        return await self._gateway.ask(calls.message(self.id, message_id))

    def messages(self, **filters: Unpack[MessageFilters]) -> AsyncIterator[Message]:
        """Iterate over messages, newest first; pages are requested as they are needed.

        All that is given limits them: `chat`, `direction`, `status`, `message_type`, `message_id`, `since`, `until` and
        `search`, as in `MessageFilters`. Those of a `chat` are in the order of their `timestamp`, those of all chats
        in that in which they were stored. Raise NotFound for a chat that does not exist, and InvalidInput.

        >>> [message.content async for message in session.messages()]
        ['The plumber comes at nine.', 'The tap drips.']
        """
        call = partial(calls.messages, self.id, filters=filters)
        return self._gateway.iterate(flows.pages(call, self._gateway.retry))

    def chats(
        self, *, search: str | None = None, unread: bool | None = None, kind: str | None = None
    ) -> AsyncIterator[Chat]:
        """Iterate over chats, last active first, each with its last message and its number of unread ones.

        `search` is a part of a name or phone number, of 100 characters at most; `unread` limits them to those with
        unread messages, or without. Only a `kind` that asks for them brings `status`, `newsletter` and `broadcast`.

        >>> [chat.phone_number async for chat in session.chats()]
        ['+4915112345678']
        """
        call = partial(calls.chats, self.id, search=search, unread=unread, kind=kind)
        return self._gateway.iterate(flows.pages(call, self._gateway.retry))

    async def read(self, chat_id: Id, *, receipts: bool = True) -> None:
        """Mark a chat as read, given by its id, a phone number or a JID, and tell so to who wrote.

        Without `receipts` only the account's own devices are told.

        Raise NotFound, SessionCannotSend.

        >>> await session.read("+4915112345678")
        """
        await self._gateway.ask(calls.read_chat(self.id, chat_id, receipts=receipts))

    async def last_event(self) -> str:
        """Return the cursor behind all that happened so far: `after` of `events` and `follow`."""
        return await self._gateway.ask(following.latest(self.id))

    def events(
        self, *, after: str = "latest", types: Collection[EventType | str] | None = None, interval: float = 1.0
    ) -> AsyncIterator[Event]:
        """Yield the session's events after a cursor, then new ones for ever, as `Gateway.follow` does.

        `after` is the `id` of an event, `earliest` or `latest`. Raise CursorExpired, InvalidInput.

        >>> print((await anext(session.events(after="earliest"))).type)
        session.state
        """
        return self._gateway.follow_events(Following(Wanted(types=types, session_id=self.id), after, interval))

    async def follow(self, *, after: str = "latest", interval: float = 1.0) -> AsyncIterator[Message]:
        """Yield received messages as they come, for ever, through outages of the API; `after` as in `events`.

        >>> async for message in session.follow(after="earliest"):
        ...     print(message.push_name, message.content)
        ...     break
        Tenant The tap drips.
        """
        async for event in self.events(after=after, types=[EventType.MESSAGE_RECEIVED], interval=interval):
            if isinstance(event, MessageReceivedEvent) and event.data.message:  # else it is gone, such as by a merge
                yield event.data.message

    async def assistant(self) -> Assistant:
        """Return the assistant's settings; the defaults, switched off, where nothing was ever set.

        >>> (await session.assistant()).enabled
        False
        """
        return await self._gateway.ask(assistant.assistant(self.id))

    async def configure_assistant(self, **changes: object) -> Assistant:
        """Change settings of the assistant, named as the fields of `Assistant`, and return all of them.

        What is not named stays as it is. None resets a setting that may be None. `api_key` is the key of the model's
        service; it is stored encrypted, only its last four characters are returned, and it must be given again together
        with a new `base_url`. Raise InvalidInput, and EncryptionUnavailable when the key cannot be stored right now.

        >>> (await session.configure_assistant(enabled=True, system_prompt="You answer for Elm Street 5.")).enabled
        True
        """
        return await self._gateway.ask(assistant.configure(self.id, changes))

    async def test_assistant(self, message: str) -> Turn:
        """Return what the assistant would reply to a message, in `answer`; nothing is sent, and its tokens count.

        After some 10 seconds return the turn although it `is_under_way`; `turns` has its answer later. Raise
        InvalidInput.
        """
        return await self._gateway.ask(assistant.test(self.id, message))

    def turns(self, *, chat: Id | None = None) -> AsyncIterator[Turn]:
        """Iterate over the assistant's turns, newest first: each decision to reply or not, with its reason.

        `chat` limits them to one chat: its id, a phone number or a JID. Raise NotFound for a chat that does not exist.
        """
        return self._gateway.iterate(flows.pages(partial(assistant.turns, self.id, chat=chat), self._gateway.retry))

    async def token_usage(self, *, days: int = 30) -> Usage:
        """Return the tokens of at most `days` days with use, 1 to 400, and the budget of a day.

        >>> sum(day.total_tokens for day in (await session.token_usage(days=7)).days)
        0
        """
        return await self._gateway.ask(assistant.usage(self.id, days))

    async def takeover(self, chat_id: Id) -> Takeover:
        """Return whether a person has taken a chat over, so that the assistant is silent in it. Raise NotFound.

        >>> (await session.takeover("+4915112345678")).taken_over  # somebody wrote there
        True
        """
        return await self._gateway.ask(assistant.takeover(self.id, chat_id))

    async def take_over(self, chat_id: Id, *, minutes: int | None = None) -> Takeover:
        """Silence the assistant in a chat; a reply that is under way is dropped.

        It lasts `minutes`, or the `takeover_minutes` of the settings. Raise NotFound, InvalidInput.

        >>> (await session.take_over("+4915112345678", minutes=60)).taken_over
        True
        """
        return await self._gateway.ask(assistant.take_over(self.id, chat_id, minutes))

    async def hand_back(self, chat_id: Id) -> Takeover:
        """Let the assistant reply in a chat again, to what is written from now on. Raise NotFound.

        >>> (await session.hand_back("+4915112345678")).taken_over
        False
        """
        return await self._gateway.ask(assistant.hand_back(self.id, chat_id))
