"""What a callback of the client was told is kept comes into the inbox, once and in order, whoever dies."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from connector.spool import records
from connector.spool.orphans import Orphans
from connector.spool.spool import Spool
from connector.spool.spool_file import DAMAGED, LIVE, SpoolFile
from gateway.store import inbox, leases, spools
from gateway.store.fence import fenced
from gateway.store.spools import SpooledEvent
from infra.local.database import DatabaseUrls
from tests.integration.connector.user import wait_for
from tests.integration.store.conftest import SHARDS, Owned, Store, linked, make_linked, make_session, owned, store, user

__all__ = ["linked", "make_linked", "make_session", "owned", "store", "user"]

MEGABYTE = 1 << 20
# Appends until it is killed, and says after each that it is kept.
_CHILD = """
import os, sys, uuid, pathlib
from connector.spool.spool import Spool
from gateway.store.database import Database
dsn, directory, worker, session = sys.argv[1:]
spool = Spool(pathlib.Path(directory), worker, Database(dsn, direct=True), 1 << 26)
spool.start(lambda sessions: None)
for number in range(10 ** 9):
    spool.append(uuid.UUID(session), f"{session}:1@s.whatsapp.net", "Message", number.to_bytes(4, "big"))
    os.write(1, number.to_bytes(4, "big"))
"""


def device_of(session_id: UUID) -> str:
    return f"{session_id}:1@s.whatsapp.net"


def event(session_id: UUID, number: int) -> SpooledEvent:
    return SpooledEvent(number, session_id, device_of(session_id), "Message", number.to_bytes(4, "big"))


def stored(store: Store, session_id: UUID) -> list[int]:
    """Return the numbers in the payloads of a session's inbox, oldest first; they leave it."""
    with store.connector.transaction() as connection:
        found = inbox.pop_oldest(connection, session_id, 10**6)
    return [int.from_bytes(received.payload, "big") for received in found]


def orphan(directory: Path, worker: str, data: bytes) -> Path:
    """Leave what a worker that was killed leaves."""
    directory.mkdir(mode=0o700, exist_ok=True)
    path = directory / f"{worker}{LIVE}"
    path.write_bytes(data)
    return path


@pytest.fixture
def spool(store: Store, tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool", uuid4().hex, store.connector, MEGABYTE)
    yield spool
    spool.close(5)


@pytest.fixture
def orphans(store: Store, tmp_path: Path) -> Orphans:
    return Orphans(tmp_path / "spool", store.connector)


def known_worker(store: Store) -> str:
    worker = uuid4().hex
    with store.connector.transaction() as connection:
        spools.begin(connection, worker)
    return worker


def test_events_come_in_order_and_the_sessions_are_told(store: Store, linked: Owned, spool: Spool) -> None:
    told: set[UUID] = set()
    spool.start(told.update)
    for number in range(2000):
        spool.append(linked.session_id, device_of(linked.session_id), "Message", number.to_bytes(4, "big"))
    assert spool.flush(30)
    assert stored(store, linked.session_id) == list(range(2000))
    assert told == {linked.session_id}


def test_only_its_owner_can_read_it_and_what_was_carried_over_is_erased(
    store: Store, linked: Owned, spool: Spool, tmp_path: Path
) -> None:
    spool.start(lambda _: None)
    spool.append(linked.session_id, device_of(linked.session_id), "Message", b"a secret")
    assert spool.flush(10)
    [file] = (tmp_path / "spool").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.read_bytes() == b""
    assert spool.close(5)
    assert list((tmp_path / "spool").iterdir()) == []
    with store.connector.transaction() as connection:
        assert not spools.is_known(connection, file.stem)


def test_no_call_waits_for_the_database_until_the_spool_is_full(
    store: Store, linked: Owned, module_database: DatabaseUrls, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "spool", uuid4().hex, store.connector, 100 * 1024)
    spool.start(lambda _: None)
    done: list[int] = []

    def receive() -> None:
        for number in range(150):
            payload = number.to_bytes(4, "big") + bytes(1020)
            spool.append(linked.session_id, device_of(linked.session_id), "Message", payload)
            done.append(number)

    with psycopg.connect(module_database.admin) as blocking:
        blocking.execute("LOCK TABLE gateway.inbox IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=receive, daemon=True)
        thread.start()
        wait_for(lambda: len(done), lambda count: count > 80)
        wait_for(lambda: spool.pending, lambda pending: pending == len(done) + 1)
        assert thread.is_alive()
        assert not spool.flush(0.1)
    thread.join(30)
    assert len(done) == 150
    assert spool.flush(10)
    with store.connector.transaction() as connection:
        found = inbox.pop_oldest(connection, linked.session_id, 1000)
    assert [int.from_bytes(received.payload[:4], "big") for received in found] == list(range(150))
    spool.close(5)


def test_on_a_full_disk_each_call_waits_for_the_database(
    store: Store, linked: Owned, spool: Spool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spool.start(lambda _: None)
    device = device_of(linked.session_id)
    spool.append(linked.session_id, device, "Message", (0).to_bytes(4, "big"))
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if spool._file is None or descriptor != spool._file._descriptor:
            return write(descriptor, data)
        write(descriptor, data[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("connector.spool.spool_file.os.write", full)
        for number in (1, 2, 3):
            spool.append(linked.session_id, device, "Message", number.to_bytes(4, "big"))
            assert spool.pending == 0
    spool.append(linked.session_id, device, "Message", (4).to_bytes(4, "big"))
    assert spool.flush(10)
    assert stored(store, linked.session_id) == [0, 1, 2, 3, 4]
    assert [record.message for record in caplog.records].count(
        "the spool takes nothing: received events wait for the database"
    ) == 1


def test_of_a_killed_worker_everything_comes_once(
    store: Store, linked: Owned, orphans: Orphans, module_database: DatabaseUrls, tmp_path: Path
) -> None:
    """It is killed while it appends and while its thread writes to the database, at moments nobody chooses."""
    for _ in range(5):
        arguments = (module_database.connector, str(tmp_path / "spool"), uuid4().hex, str(linked.session_id))
        with subprocess.Popen([sys.executable, "-c", _CHILD, *arguments], stdout=subprocess.PIPE) as child:
            assert child.stdout
            reported = child.stdout.read(4 * 400)
            child.send_signal(signal.SIGKILL)
            reported += child.stdout.read()
        assert orphans.carry_over()
        found = stored(store, linked.session_id)
        assert found == list(range(len(found)))
        assert len(found) >= len(reported) // 4
        assert list((tmp_path / "spool").iterdir()) == []


def test_what_was_carried_over_before_the_death_does_not_come_again(
    store: Store, linked: Owned, orphans: Orphans, tmp_path: Path
) -> None:
    worker = known_worker(store)
    events = [event(linked.session_id, number) for number in (1, 2, 3, 4)]
    spools.carry(store.connector, worker, events[:3])
    assert stored(store, linked.session_id) == [1, 2, 3]
    spools.carry(store.connector, worker, events[:2])
    orphan(tmp_path / "spool", worker, b"".join(map(records.encode, events)) + b"\x40\0\0\0torn")
    assert orphans.carry_over()
    assert stored(store, linked.session_id) == [4]


def test_a_dead_worker_is_one_whose_leases_are_free(
    store: Store, linked: Owned, orphans: Orphans, tmp_path: Path
) -> None:
    with store.connector.transaction() as connection:
        spools.begin(connection, linked.worker)
    orphan(tmp_path / "spool", linked.worker, b"")
    carried = threading.Event()
    assert not orphans.are_gone(carried.set)
    assert carried.wait(10)
    assert orphans.are_gone(carried.set)
    with store.connector.transaction() as connection:
        assert linked.shard in leases.free_shards(connection, "another", SHARDS)


def test_a_living_workers_spool_is_left_alone(store: Store, linked: Owned, spool: Spool, orphans: Orphans) -> None:
    spool.start(lambda _: None)
    assert orphans.are_gone(lambda: None)
    assert orphans.carry_over()
    spool.append(linked.session_id, device_of(linked.session_id), "Message", b"\0\0\0\7")
    assert spool.flush(10)
    assert stored(store, linked.session_id) == [7]


def test_nothing_comes_into_a_session_that_has_another_device_now(
    store: Store, linked: Owned, make_linked: Callable[[], Owned], orphans: Orphans, tmp_path: Path
) -> None:
    """Unlinked and linked again meanwhile, or unlinked for good; what was left of it on the disk is erased."""
    unlinked, deleted = make_linked(), uuid4()
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        fence.link("4915112345678:2@s.whatsapp.net", "+4915112345678", None)
    with fenced(store.connector, unlinked.session_id, unlinked.epoch) as fence:
        fence.unlink()
    sessions = (linked.session_id, unlinked.session_id, deleted)
    data = b"".join(records.encode(event(id, number)) for number, id in enumerate(sessions, start=1))
    orphan(tmp_path / "spool", known_worker(store), data)
    assert orphans.carry_over()
    assert [stored(store, id) for id in sessions] == [[], [], []]
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_damaged_spool_is_carried_over_up_to_the_damage_and_kept(
    store: Store, linked: Owned, orphans: Orphans, tmp_path: Path
) -> None:
    data = bytearray(b"".join(records.encode(event(linked.session_id, number)) for number in (1, 2, 3)))
    data[len(data) * 2 // 3 - 1] ^= 1
    path = orphan(tmp_path / "spool", known_worker(store), bytes(data))
    assert orphans.carry_over()
    assert stored(store, linked.session_id) == [1]
    assert [file.name for file in path.parent.iterdir()] == [path.stem + DAMAGED]
    assert orphans.are_gone(lambda: None)


def test_another_gateways_spool_is_not_ours_to_read(orphans: Orphans, tmp_path: Path) -> None:
    path = orphan(tmp_path / "spool", uuid4().hex, records.encode(event(uuid4(), 1)))
    orphans.carry_over()
    assert path.exists()
    assert orphans.are_gone(lambda: None)


def test_a_batch_holds_a_record_that_is_larger_than_a_batch(tmp_path: Path) -> None:
    file = SpoolFile.create(tmp_path / "spool", "worker")
    large = SpooledEvent(1, uuid4(), "device", "Message", bytes(3 * MEGABYTE))
    file.append(large)
    assert file.read(0) == ([large], file.size)
    file.remove()


def test_a_call_takes_microseconds(linked: Owned, spool: Spool) -> None:
    """The fastest of many: what the machine does beside it is not its own."""
    spool.start(lambda _: None)
    times = []
    for _ in range(300):
        begun = time.perf_counter()
        spool.append(linked.session_id, device_of(linked.session_id), "Message", bytes(500))
        times.append(time.perf_counter() - begun)
    print(f"append: fastest {min(times) * 1e6:.0f} µs, median {sorted(times)[150] * 1e6:.0f} µs")
    assert min(times) < 0.001
