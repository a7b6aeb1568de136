"""Files: how long a photo takes each way, how fast a large document goes, and the memory of every process."""

from __future__ import annotations

import base64
import io
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from PIL import Image

from gateway.client import Message, MessageMediaEvent
from tests.bench.baseline import raw_neonize
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread
from tests.e2e.world import Linked, World, until

MEGABYTE = 1_000_000
_TIMEOUT_SECONDS = 300.0
_SAMPLE_SECONDS = 0.05
# As many as a worker uploads at once; each is so small a part of the large document that all of them have room.
_AT_ONCE = 4
_PARTS = 5
# What is measured, by name, as it is now.
Processes = Mapping[str, Callable[[], list[psutil.Process]]]


@dataclass(frozen=True, slots=True)
class Raw:
    """The seconds that bare neonize takes to store the document at WhatsApp, and to get one from there."""

    upload: float
    download: float


def measure(bench: Bench) -> list[Figure]:
    raw = _raw(bench)
    with bench.world(GATEWAY_DOCUMENT_MEGABYTES="100") as world:
        connector, function = world.gateway.start_connector(), world.gateway.start_media()
        processes: Processes = {
            "API": partial(_tree, world.gateway.api.pid),
            "supervisor": lambda: [psutil.Process(connector.pid)],
            "workers": lambda: psutil.Process(connector.pid).children(recursive=True),
            "media function": partial(_tree, function.pid),
        }
        linked, contact = world.link(), world.phone()
        figures = [*_photos(bench, linked, contact, world), *_documents(bench, linked, contact, world, processes, raw)]
        return [*figures, _together(bench, [linked, world.link("Second")], contact, processes)]


def _raw(bench: Bench) -> Raw:
    bench.say("bare neonize")
    size = bench.scale.megabytes * MEGABYTE
    with raw_neonize(bench.stack) as baseline, bench.world() as world:
        number, contact = world.phone(), world.phone()
        jid = baseline.link(number)
        baseline.start([jid])
        baseline.upload(jid, MEGABYTE)
        upload = baseline.upload(jid, size)
        content = base64.b64encode(os.urandom(size)).decode()
        world.whatsapp.send_kind(contact, to=number, kind="document", base64=content)
        return Raw(upload, baseline.download(jid))


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
    bench: Bench, linked: Linked, contact: str, world: World, processes: Processes, raw: Raw
) -> list[Figure]:
    size = bench.scale.megabytes * MEGABYTE
    bench.say("a large document")
    figures = []
    with _peaks(processes) as peaks:
        begun = time.perf_counter()
        _until_sent(linked, linked.session.send_document(contact, os.urandom(size), wait=False).id)
        seconds = time.perf_counter() - begun
    figures.append(_rate(f"A document of {bench.scale.megabytes} MB sent", size, seconds, raw.upload))
    figures += _memory("sent", peaks)
    with _peaks(processes) as peaks:
        # Another one: what a session has is not fetched again.
        seconds = _receive(linked, contact, world, "document", os.urandom(size))
    figures.append(_rate(f"A document of {bench.scale.megabytes} MB received", size, seconds, raw.download))
    return figures + _memory("received", peaks)


def _together(bench: Bench, offices: Sequence[Linked], contact: str, processes: Processes) -> Figure:
    """Send as many documents as a worker uploads at once; of one session it uploads two."""
    bench.say("documents at once")
    size = bench.scale.megabytes * MEGABYTE // _PARTS
    with _peaks({"workers": processes["workers"]}) as peaks:
        sent = [
            (office, office.session.send_document(contact, os.urandom(size), wait=False).id)
            for office in offices
            for _ in range(_AT_ONCE // len(offices))
        ]
        for office, id in sent:
            _until_sent(office, id)
    before, most = peaks["workers"]
    name = f"Memory of a worker for each of {_AT_ONCE} documents of {size / MEGABYTE:.0f} MB that are sent at once"
    return Figure(name, f"{(most - before) / _AT_ONCE:.0f} MiB")


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


def _rate(name: str, size: int, seconds: float, raw: float) -> Figure:
    """Return a rate beside that of bare neonize, which stores nothing."""
    return Figure(name, f"{size / MEGABYTE / seconds:.0f} MB/s", f"{size / MEGABYTE / raw:.0f} MB/s")


def _memory(done: str, peaks: dict[str, tuple[float, float]]) -> list[Figure]:
    return [
        Figure(f"Memory of the {name} while the document is {done}", f"{before:.0f} → {most:.0f} MiB at most")
        for name, (before, most) in peaks.items()
    ]


@contextmanager
def _peaks(processes: Processes) -> Iterator[dict[str, tuple[float, float]]]:
    """Fill in, by name, the memory of processes in MiB: before the block, and at most in it."""
    peaks: dict[str, tuple[float, float]] = {}
    seen = {name: [_resident(of)] for name, of in processes.items()}
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            for name, of in processes.items():
                seen[name].append(_resident(of))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    yield peaks
    ended.set()
    thread.join()
    peaks.update({name: (sizes[0], max(sizes)) for name, sizes in seen.items()})


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _resident(processes: Callable[[], list[psutil.Process]]) -> float:
    """Return the proportional memory of processes in MiB."""
    try:
        return sum(_pss(process.pid) for process in processes())
    except psutil.NoSuchProcess:
        return 0.0


def _pss(pid: int) -> float:
    try:
        lines: Sequence[str] = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((float(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
