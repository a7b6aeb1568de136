"""Files: how long a photo takes each way, how fast a large document goes, and the memory of every process."""

from __future__ import annotations

import base64
import io
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from PIL import Image

from gateway.client import Message, MessageMediaEvent
from infra.local.service import Service
from tests.bench.baseline import raw_neonize
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread
from tests.e2e.world import Linked, World, until

MEGABYTE = 1_000_000
_TIMEOUT_SECONDS = 300.0
_SAMPLE_SECONDS = 0.05


def measure(bench: Bench) -> list[Figure]:
    raw = _raw(bench)
    with bench.world(GATEWAY_DOCUMENT_MEGABYTES="100") as world:
        processes = {"connector": world.gateway.start_connector(), "media function": world.gateway.start_media()}
        linked, contact = world.link(), world.phone()
        return [*_photos(bench, linked, contact, world), *_documents(bench, linked, contact, world, processes, raw)]


def _raw(bench: Bench) -> float:
    """Return the seconds that bare neonize takes to store the document at WhatsApp."""
    bench.say("raw upload")
    with raw_neonize(bench.stack) as baseline, bench.world() as world:
        jid = baseline.link(world.phone())
        baseline.start([jid])
        baseline.upload(jid, MEGABYTE)
        return baseline.upload(jid, bench.scale.megabytes * MEGABYTE)


def _photos(bench: Bench, linked: Linked, contact: str, world: World) -> list[Figure]:
    bench.say("photos")
    sent = []
    for number in range(bench.scale.photos):
        begun = time.perf_counter()
        message = linked.session.send_image(contact, _photo(number))
        _until_sent(linked, message.id)
        sent.append(time.perf_counter() - begun)
    received = [_receive(linked, contact, world, "image", _photo(number)) for number in range(bench.scale.photos)]
    return [
        Figure("A photo, from `send_image` until WhatsApp has the message", str(Spread(sent))),
        Figure("A photo, from a phone until its file can be read", str(Spread(received))),
    ]


def _documents(
    bench: Bench, linked: Linked, contact: str, world: World, processes: Mapping[str, Service], raw: float
) -> list[Figure]:
    size = bench.scale.megabytes * MEGABYTE
    bench.say("a large document")
    figures = []
    content = os.urandom(size)
    with _peaks(processes) as peaks:
        begun = time.perf_counter()
        _until_sent(linked, linked.session.send_document(contact, content, wait=False).id)
        seconds = time.perf_counter() - begun
    figures.append(_rate(f"A document of {bench.scale.megabytes} MB sent", size, seconds, raw))
    figures += _memory("sent", peaks)
    with _peaks(processes) as peaks:
        seconds = _receive(linked, contact, world, "document", content)
    figures.append(_rate(f"A document of {bench.scale.megabytes} MB received", size, seconds, None))
    return figures + _memory("received", peaks)


def _until_sent(linked: Linked, id: object) -> Message:
    def sent() -> Message | None:
        message = linked.session.message(str(id))
        return message if message.message_id else None

    return until(sent, _TIMEOUT_SECONDS, 0.02)


def _receive(linked: Linked, contact: str, world: World, kind: str, content: bytes) -> float:
    """Return the seconds until the event that the file can be read; the phone has uploaded it before."""
    after = linked.session.last_event()
    given = base64.b64encode(content).decode()
    world.whatsapp.send_kind(contact, to=linked.number, kind=kind, base64=given)
    begun = time.time()
    events = linked.session.events(after=after)
    event = next(event for event in events if isinstance(event, MessageMediaEvent))
    return max(event.timestamp.timestamp() - begun, 0.0)


def _photo(number: int) -> bytes:
    """A photo of some 1 MB that no other is equal to."""
    picture, file = Image.frombytes("RGB", (800, 600), os.urandom(800 * 600 * 3)), io.BytesIO()
    picture.save(file, "JPEG", quality=90, comment=str(number).encode())
    return file.getvalue()


def _rate(name: str, size: int, seconds: float, raw: float | None) -> Figure:
    bare = f"{size / MEGABYTE / raw:.0f} MB/s (upload alone)" if raw else ""
    return Figure(name, f"{size / MEGABYTE / seconds:.0f} MB/s", bare)


def _memory(done: str, peaks: dict[str, tuple[float, float]]) -> list[Figure]:
    return [
        Figure(f"Memory of the {name} while the document is {done}", f"{before:.0f} → {most:.0f} MiB at most")
        for name, (before, most) in peaks.items()
    ]


@contextmanager
def _peaks(processes: Mapping[str, Service]) -> Iterator[dict[str, tuple[float, float]]]:
    """Fill in, by name, the memory of all processes of each service in MiB: before the block, and at most in it."""
    peaks: dict[str, tuple[float, float]] = {}
    seen = {name: [_resident(service.pid)] for name, service in processes.items()}
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            for name, service in processes.items():
                seen[name].append(_resident(service.pid))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    yield peaks
    ended.set()
    thread.join()
    peaks.update({name: (sizes[0], max(sizes)) for name, sizes in seen.items()})


def _resident(pid: int) -> float:
    """Return the proportional memory of a process and its children in MiB."""
    try:
        parent = psutil.Process(pid)
        return sum(_pss(process.pid) for process in [parent, *parent.children(recursive=True)])
    except psutil.NoSuchProcess:
        return 0.0


def _pss(pid: int) -> float:
    try:
        lines: Sequence[str] = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((float(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
