"""Runners perform flows: one in the calling thread, one in an event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from gateway.client import flows
from gateway.client.calls import Call
from gateway.client.configuration import request
from gateway.client.flows import Batch, Flow, Pause
from gateway.client.retry import Retry

T = TypeVar("T")


class Runner:
    """Performs flows in the calling thread, over one pool of connections. May be shared by threads."""

    def __init__(self, http: httpx.Client, retry: Retry) -> None:
        self.retry = retry
        self._http = http

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

    async def _perform(self, step: Call[Any] | Pause) -> httpx.Response | None:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        return await self._http.send(request(self._http, step))
