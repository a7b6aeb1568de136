"""What it costs to push events: to those who write them, and until those who follow have them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from unittest import mock
from urllib.parse import urlsplit
from uuid import UUID

from gateway.domain.events import EventType
from gateway.store import event_listeners, events
from gateway.store.database import Database
from gateway.store.ids import new_id
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread
from tests.e2e.world import World

LISTENERS = 1000
WRITERS = 8
_OPEN_AT_ONCE = 50
_SILENT = events.APPEND_EVENTS.replace(f", {event_listeners.ANNOUNCED}", "")


def measure(bench: Bench) -> list[Figure]:
    with bench.world() as world:
        database = Database(world.gateway.database.connector, direct=True, pool_size=WRITERS)
        functions = Database(world.gateway.database.functions)
        ids = [world.session(f"{number}").id for number in range(WRITERS)]
        try:
            written = _written(bench, database, functions, ids)
            return [*written, *asyncio.run(_followed(bench, world, database, ids))]
        finally:
            database.close()
            functions.close()


def _written(bench: Bench, database: Database, functions: Database, ids: Sequence[UUID]) -> list[Figure]:
    """Each in turn, again and again, so that all meet the same machine."""
    bench.say("events written, with and without somebody who listens")
    seconds: dict[str, list[float]] = {"without announcements": [], "nobody listens": [], "somebody listens": []}
    for _ in range(max(bench.scale.sends // 5, 2)):
        with mock.patch.object(events, "APPEND_EVENTS", _SILENT):
            seconds["without announcements"].append(_burst(database, ids))
        seconds["nobody listens"].append(_burst(database, ids))
        with _listening(functions):
            seconds["somebody listens"].append(_burst(database, ids))
    return [
        Figure(f"Event written, {WRITERS} at once, {name}", f"{median(each) * 1e6:.0f} µs")
        for name, each in seconds.items()
    ]


@contextmanager
def _listening(functions: Database) -> Iterator[None]:
    listener = new_id()
    with functions.transaction() as connection:
        event_listeners.announce(connection, listener, 60)
    yield
    with functions.transaction() as connection:
        event_listeners.withdraw(connection, listener)


def _burst(database: Database, ids: Sequence[UUID], each: int = 50) -> float:
    """Return the seconds of one event, where so many sessions write at once."""

    def write(session_id: UUID) -> None:
        for _ in range(each):
            _emit(database, session_id)

    begun = time.perf_counter()
    with ThreadPoolExecutor(len(ids)) as pool:
        list(pool.map(write, ids))
    return (time.perf_counter() - begun) / each / len(ids)


def _emit(database: Database, session_id: UUID) -> None:
    with database.transaction() as connection:
        events.emit(connection, session_id, EventType.CHAT_READ, {"chatId": str(new_id())})


async def _followed(bench: Bench, world: World, database: Database, ids: Sequence[UUID]) -> list[Figure]:
    """All but one follow one session, the last another: what it is woken by does not hold it up."""
    bench.say(f"{LISTENERS} streams")
    common, own = ids[0], ids[1]
    paths = [f"/sessions/{common}/events/stream"] * (LISTENERS - 1) + [f"/sessions/{own}/events/stream"]
    gate = asyncio.Semaphore(_OPEN_AT_ONCE)
    streams = await asyncio.gather(*(_open(world, path, gate) for path in paths))
    alone = [await _until_all(database, own, streams[-1:]) for _ in range(max(bench.scale.sends // 5, 2))]
    together = [await _until_all(database, common, streams[:-1]) for _ in range(max(bench.scale.sends // 30, 2))]
    for _, writer in streams:
        writer.close()
    return [
        Figure(f"Event committed → stream, {LISTENERS} open, one wants it", str(Spread(alone))),
        Figure(f"Event committed → the last of {LISTENERS - 1} streams that want it", str(Spread(together))),
    ]


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _open(world: World, path: str, gate: asyncio.Semaphore) -> Stream:
    async with gate:
        url = urlsplit(world.gateway.api.url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: gateway\r\nX-API-Key: {world.gateway.key}\r\n\r\n".encode())
        await reader.readuntil(b": heartbeat")
        return reader, writer


async def _until_all(database: Database, session_id: UUID, streams: Sequence[Stream]) -> float:
    waiting = asyncio.gather(*(reader.readuntil(b"event: chat.read") for reader, _ in streams))
    await asyncio.to_thread(_emit, database, session_id)
    begun = time.perf_counter()
    await waiting
    return time.perf_counter() - begun
