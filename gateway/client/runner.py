"""Runners perform flows: one in the calling thread, one in an event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from httpx_sse import EventSource

from gateway.client import file_calls, flows
from gateway.client.calls import Call, Id
from gateway.client.configuration import STREAM_TIMEOUT, file_request, request
from gateway.client.events import Event
from gateway.client.flows import Batch, Flow, Pause
from gateway.client.following import Following
from gateway.client.models import Message
from gateway.client.reading import ReadBy, reading
from gateway.client.retry import Retry

T = TypeVar("T")


class Runner:
    """Performs flows in the calling thread, over one pool of connections. May be shared by threads."""

    def __init__(self, http: httpx.Client, retry: Retry) -> None:
        self.retry = retry
        self._http = http
        self._reader = ReadBy(blocking=self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, call: Call[T]) -> T:
        """Perform one call of `gateway.client.calls` or `gateway.client.assistant`, with retries."""
        return self.run(flows.ask(call, self.retry))

    def run(self, flow: Flow[T]) -> T:
        """Perform a flow of `gateway.client.flows` and return its result."""
        try:
            step = next(flow)
            while True:
                try:
                    response = self._perform(step)
                except httpx.TransportError as error:
                    step = flow.throw(error)
                else:
                    with reading(self._reader):
                        step = flow.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    def iterate(self, flow: Flow[Batch[T]] | None) -> Iterator[T]:
        """Perform a flow of batches, each when the iterator gets there, and yield their items."""
        while flow is not None:
            batch = self.run(flow)
            yield from batch.items
            flow = batch.rest

    def download(self, session_id: Id, file: Message | Id) -> bytes:
        """Return a file as a whole. Raise ClientError, ValueError for a message without one."""
        content = bytearray()
        self.receive(file_calls.file_of(session_id, file), content.extend)
        return bytes(content)

    def receive(self, call: Call[str], write: Callable[[bytes], object]) -> None:
        """Write the file to whose address a call leads, piece by piece. Raise ClientError."""
        wanted = file_request(self.ask(call))
        try:
            response = self._http.send(wanted, stream=True)
            try:
                flows.require_file(response)
                for piece in response.iter_bytes():
                    write(piece)
            finally:
                response.close()
        except httpx.TransportError as error:
            raise flows.broken_off(error) from error

    def follow_events(self, following: Following) -> Iterator[Event]:
        """Yield events for ever, by streams as long as they pass."""
        while not following.polls:
            try:
                yield from self._stream(following)
            except httpx.TransportError as error:
                following.lost(error)
            time.sleep(following.pause)
        yield from self.iterate(following.poll(self.retry))

    def _stream(self, following: Following) -> Iterator[Event]:
        response = self._http.send(request(self._http, following.stream, STREAM_TIMEOUT), stream=True)
        try:
            if not following.is_open(response):
                response.read()
                following.refused(response)
                return
            for message in EventSource(response).iter_sse():
                with reading(self._reader):
                    events = following.receive(message)
                yield from events
        finally:
            response.close()

    def _perform(self, step: Call[Any] | Pause) -> httpx.Response | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        return self._http.send(request(self._http, step))


class AsyncRunner:
    """Performs flows in one event loop, over one pool of connections."""

    def __init__(self, http: httpx.AsyncClient, retry: Retry) -> None:
        self.retry = retry
        self._http = http
        self._reader = ReadBy(asynchronous=self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ask(self, call: Call[T]) -> T:
        """Perform one call of `gateway.client.calls` or `gateway.client.assistant`, with retries."""
        return await self.run(flows.ask(call, self.retry))

    async def run(self, flow: Flow[T]) -> T:
        """Perform a flow of `gateway.client.flows` and return its result."""
        try:
            step = next(flow)
            while True:
                try:
                    response = await self._perform(step)
                except httpx.TransportError as error:
                    step = flow.throw(error)
                else:
                    with reading(self._reader):
                        step = flow.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    async def iterate(self, flow: Flow[Batch[T]] | None) -> AsyncIterator[T]:
        """Perform a flow of batches, each when the iterator gets there, and yield their items."""
        while flow is not None:
            batch = await self.run(flow)
            for item in batch.items:
                yield item
            flow = batch.rest

    async def download(self, session_id: Id, file: Message | Id) -> bytes:
        """Return a file as a whole. Raise ClientError, ValueError for a message without one."""
        content = bytearray()
        await self.receive(file_calls.file_of(session_id, file), content.extend)
        return bytes(content)

    async def receive(self, call: Call[str], write: Callable[[bytes], object]) -> None:
        """Write the file to whose address a call leads, piece by piece. Raise ClientError."""
        wanted = file_request(await self.ask(call))
        try:
            response = await self._http.send(wanted, stream=True)
            try:
                flows.require_file(response)
                async for piece in response.aiter_bytes():
                    write(piece)
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise flows.broken_off(error) from error

    async def follow_events(self, following: Following) -> AsyncIterator[Event]:
        """Yield events for ever, by streams as long as they pass."""
        while not following.polls:
            try:
                async with aclosing(self._stream(following)) as events:
                    async for event in events:
                        yield event
            except httpx.TransportError as error:
                following.lost(error)
            await asyncio.sleep(following.pause)
        async for event in self.iterate(following.poll(self.retry)):
            yield event

    async def _stream(self, following: Following) -> AsyncGenerator[Event, None]:
        response = await self._http.send(request(self._http, following.stream, STREAM_TIMEOUT), stream=True)
        try:
            if not following.is_open(response):
                await response.aread()
                following.refused(response)
                return
            async with aclosing(EventSource(response).aiter_sse()) as messages:
                async for message in messages:
                    with reading(self._reader):
                        events = following.receive(message)
                    for event in events:
                        yield event
        finally:
            await response.aclose()

    async def _perform(self, step: Call[Any] | Pause) -> httpx.Response | None:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        return await self._http.send(request(self._http, step))
