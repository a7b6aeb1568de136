"""The release before and this one run side by side on one database, while people go on writing.

The release before is the last tag, or, where there is none, what came before the migration with the highest number.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway import client
from infra.local.database import create_database, prepare_database
from infra.local.python_service import PROJECT
from tests.e2e.conftest import PATIENT, UNLIMITED, lived_in
from tests.e2e.traffic import Traffic
from tests.e2e.world import Linked, World, until, until_connected
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_PREPARE = "import sys; from infra.local.database import prepare_database; prepare_database(*sys.argv[1:])"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _commit_before() -> str:
    newest = max(each.name for each in (PROJECT / "gateway/store/migrations").glob("*.sql"))
    added = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", f"gateway/store/migrations/{newest}")
    return _git("describe", "--tags", "--abbrev=0") or (f"{added}^" if added else "")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the release before."""
    commit, directory = _commit_before(), tmp_path_factory.mktemp("before")
    if not _git("rev-parse", "--verify", commit):
        pytest.skip("this checkout has no history: there is no release before")
    packed = subprocess.run(["git", "archive", commit], cwd=PROJECT, stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(directory, filter="data")
    return directory


@pytest.fixture
def old_world(stack: Stack, before: Path) -> Iterator[World]:
    """Database and API of the release before."""
    with stack.gateway(**UNLIMITED, **PATIENT) as gateway:
        stack.drop(gateway.database)
        admin, password = stack.postgres.dsn(gateway.database.name), stack.postgres.password
        create_database(stack.postgres.dsn(), gateway.database.name)
        subprocess.run([sys.executable, "-c", _PREPARE, admin, password], cwd=before, check=True)
        gateway.project = before
        yield from lived_in(World(stack, gateway), connectors=0)


@contextmanager
def _api_of_this_release(world: World) -> Iterator[client.Gateway]:
    """Yield a client of an API of this release, which runs beside the other one."""
    gateway = world.gateway
    old, gateway.project = gateway.api, PROJECT
    del gateway.api
    try:
        yield world.as_user(gateway.key)
    finally:
        gateway.api.stop()
        gateway.api = old


def test_releases_are_exchanged_and_exchanged_back_under_load(stack: Stack, old_world: World, before: Path) -> None:
    world, gateway = old_world, old_world.gateway
    old = gateway.start_connector()
    one, other = world.link("One"), world.link("Other")
    traffic = Traffic(world, [one])
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(traffic.run)]
        until(lambda: traffic.written > 5 or running[0].done())
        assert prepare_database(gateway.database.admin, stack.postgres.password)
        with _api_of_this_release(world) as new_client:
            others = Traffic(world, [Linked(new_client.session(other.session.id), other.number)])
            running.append(pool.submit(others.run))
            new = gateway.start_connector()
            old.stop()
            gateway.project = before
            gateway.start_connector()
            new.stop()
            for linked in (one, other):
                until_connected(linked.session, linked.number)
            for each, writing in zip((traffic, others), running, strict=True):
                each.end()
                writing.result(timeout=60)
                each.assert_complete()
    assert world.conflicts() == 0
