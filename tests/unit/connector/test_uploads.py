from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest

from connector.sessions import uploads as module
from connector.sessions.uploads import Upload, Uploads

ONE, TWO, THREE = uuid4(), uuid4(), uuid4()
WAIT_SECONDS = 10.0


class Running:
    """Uploads that last until they are told to end."""

    def __init__(self) -> None:
        self.begun: list[UUID] = []
        self.calls: Counter[str] = Counter()
        self.ending = threading.Semaphore(0)
        self.ended = threading.Event()

    def upload(self, session_id: UUID, size: int = 1) -> Upload:
        def run() -> None:
            self.begun.append(session_id)
            self.ending.acquire(timeout=WAIT_SECONDS)
            self.calls["ended"] += 1

        return Upload(session_id, size, run, self.count("renewed"), self.count("given up"))

    def count(self, name: str) -> Callable[[], None]:
        def add() -> None:
            self.calls[name] += 1

        return add

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.005)
        assert condition()

    def wait_begun(self, count: int) -> None:
        self.wait(lambda: len(self.begun) == count)


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.ending.release(100)


@pytest.fixture
def uploads(running: Running) -> Uploads:
    return Uploads(4, 100, running.count("stuck"))


def test_one_session_leaves_room_for_others(uploads: Uploads, running: Running) -> None:
    for session in (ONE, ONE, ONE, ONE, TWO):
        uploads.begin(running.upload(session))
    running.wait_begun(3)
    assert Counter(running.begun) == {ONE: 2, TWO: 1}


def test_those_that_wait_have_their_turn_as_others_end(uploads: Uploads, running: Running) -> None:
    for session in (ONE, ONE, TWO, TWO, ONE, THREE):
        uploads.begin(running.upload(session))
    running.wait_begun(4)
    running.ending.release(4)
    running.wait_begun(6)
    assert Counter(running.begun) == {ONE: 3, TWO: 2, THREE: 1}


def test_so_many_bytes_are_held_at_once(uploads: Uploads, running: Running) -> None:
    for session, size in ((ONE, 60), (TWO, 60), (THREE, 30)):
        uploads.begin(running.upload(session, size))
    running.wait_begun(2)
    assert set(running.begun) == {ONE, THREE}


def test_one_that_is_larger_than_all_the_room_has_it_alone(uploads: Uploads, running: Running) -> None:
    uploads.begin(running.upload(ONE, 1000))
    uploads.begin(running.upload(TWO, 1))
    running.wait_begun(1)
    running.ending.release()
    running.wait_begun(2)


def test_what_hangs_is_given_up_and_its_place_is_given_to_others(
    uploads: Uploads, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        uploads.begin(running.upload(ONE))
    running.wait_begun(2)
    monkeypatch.setattr(module, "_SECONDS", -1.0)
    uploads.look()
    assert (running.calls["given up"], running.calls["renewed"]) == (2, 1)
    running.wait_begun(3)


def test_the_worker_begins_anew_where_half_of_all_hangs(
    uploads: Uploads, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads.begin(running.upload(ONE))
    running.wait_begun(1)
    monkeypatch.setattr(module, "_SECONDS", -1.0)
    uploads.look()
    assert running.calls["stuck"] == 0
    uploads.begin(running.upload(TWO))
    running.wait_begun(2)
    uploads.look()
    assert running.calls["stuck"] == 1


def test_a_large_file_that_hangs_is_enough(uploads: Uploads, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads.begin(running.upload(ONE, 50))
    running.wait_begun(1)
    monkeypatch.setattr(module, "_SECONDS", -1.0)
    uploads.look()
    assert running.calls["stuck"] == 1


def test_one_that_fails_leaves_its_place(uploads: Uploads, running: Running) -> None:
    def fail() -> None:
        raise RuntimeError

    for _ in range(8):
        uploads.begin(Upload(ONE, 1, fail, fail, fail))
    uploads.begin(running.upload(ONE))
    running.wait_begun(1)
