"""Events are followed by streams, and by polling where none pass: nothing is skipped, nothing comes twice."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gateway.client import AsyncGateway, Event, Gateway, MessageReceivedEvent, NotFound, Session
from gateway.domain.access import Scope
from tests.owner import Owner
from tests.people import Api

TENANT = "+4915112345678"


class WithoutStreams(httpx.HTTPTransport):
    """A way to the API on which streams do not pass."""

    def __init__(self, refusal: Callable[[httpx.Request], httpx.Response]) -> None:
        super().__init__()
        self.refusal = refusal
        self.refused = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/stream"):
            return super().handle_request(request)
        self.refused += 1
        return self.refusal(request)


class Silence(httpx.SyncByteStream):
    """What a proxy sends that keeps a stream back until its end."""

    def __iter__(self) -> Iterator[bytes]:
        raise httpx.ReadTimeout("Nothing was heard.")


def silent(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=Silence())


def contents(events: Iterator[Event]) -> Iterator[str | None]:
    for event in events:
        if isinstance(event, MessageReceivedEvent) and event.data.message:
            yield event.data.message.content


def until(last: str, events: Iterator[Event]) -> list[str | None]:
    """The texts of received messages, the last one included."""
    found = []
    for text in contents(events):
        found.append(text)
        if text == last:
            break
    return found


async def until_awaited(last: str, url: str, key: str, start: str) -> list[str | None]:
    found: list[str | None] = []
    async with AsyncGateway(url, key) as gateway:
        async for event in gateway.follow(after=start, interval=0.05):
            found += contents(iter([event]))
            if last in found:
                break
    return found


def test_every_event_comes_once_while_the_api_dies_again_and_again(
    api: Api, gateway: Gateway, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    key = gateway.create_key("other", [Scope.READ]).key
    start = session.last_event()
    texts = [f"text {number}" for number in range(12)]
    with ThreadPoolExecutor() as threads:
        events = gateway.follow(after=start, session_ids=[session.id], interval=0.05)
        blocking = threads.submit(until, texts[-1], events)
        awaited = threads.submit(lambda: asyncio.run(until_awaited(texts[-1], api.url, key, start)))
        for number, text in enumerate(texts):
            owner.receive(session.id, TENANT, text)
            if number % 4 == 2:
                api.service.kill()
                api.service.start()
        assert blocking.result(60) == texts
        assert awaited.result(60) == texts


@pytest.mark.parametrize(
    "refusal",
    [
        lambda _: httpx.Response(405, json={"code": "method_not_allowed"}),
        lambda _: httpx.Response(200, html="<p>Welcome</p>"),
        silent,
    ],
    ids=["refused", "another page", "held back"],
)
def test_where_streams_do_not_pass_events_are_asked_for(
    api: Api,
    gateway: Gateway,
    make_connected: Callable[[], Session],
    owner: Owner,
    refusal: Callable[[httpx.Request], httpx.Response],
) -> None:
    session = make_connected()
    key = gateway.create_key("other", [Scope.READ]).key
    way = WithoutStreams(refusal)
    with Gateway(api.url, key, transport=way) as reader:
        start = session.last_event()
        for text in ("one", "two"):
            owner.receive(session.id, TENANT, text)
        followed = contents(reader.session(session.id).events(after=start, interval=0.05))
        assert list(itertools.islice(followed, 2)) == ["one", "two"]
        owner.receive(session.id, TENANT, "three")
        assert next(followed) == "three"
        assert way.refused == 1
        session.delete()
        with pytest.raises(NotFound):
            list(followed)


def test_the_end_of_a_session_is_told(make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    followed = session.events(after="earliest")
    next(followed)
    session.delete()
    with pytest.raises(NotFound):
        list(followed)


def test_a_text_may_hold_every_kind_of_line_break(make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    text = "a\nb\r\nc\rd\x0be\x85f\u2028g\u2029h"
    start = session.last_event()
    owner.receive(session.id, TENANT, text)
    assert next(session.follow(after=start)).content == text
