"""A worker that starts is announced, and settles what a dead one left, before it loads anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.database_health import DatabaseHealth
from connector.spool import records
from connector.spool.spool_file import LIVE
from connector.succession import take_place
from gateway.settings import ConnectorSettings
from gateway.store import inbox, leases, spools
from gateway.store.spools import SpooledEvent
from infra.local.database import DatabaseUrls
from infra.local.ports import LOOPBACK, free_port
from tests.integration.store.conftest import SHARDS, Owned, Store, linked, make_linked, make_session, owned, store, user

__all__ = ["linked", "make_linked", "make_session", "owned", "store", "user"]


def settings_of(url: str, spool: Path) -> ConnectorSettings:
    return ConnectorSettings.model_validate(
        {"database_url": url, "whatsmeow_database_url": url, "spool_directory": spool, "lease_ttl_seconds": 3}
    )


def test_it_is_announced_and_its_predecessor_is_released_even_without_a_file(
    store: Store, linked: Owned, module_database: DatabaseUrls, tmp_path: Path
) -> None:
    health = DatabaseHealth()
    take_place(settings_of(module_database.connector, tmp_path), "successor", linked.worker, health)
    with store.connector.transaction() as connection:
        found = leases.survey(connection, "another", SHARDS, 60)
    assert linked.shard in found.free
    assert "successor" in found.live
    assert linked.worker not in found.live
    assert health.latency is not None


def test_at_a_first_start_it_carries_over_what_it_finds(
    store: Store, linked: Owned, module_database: DatabaseUrls, tmp_path: Path
) -> None:
    with store.connector.transaction() as connection:
        spools.begin(connection, linked.worker)
    event = SpooledEvent(1, linked.session_id, f"{linked.session_id}:1@s.whatsapp.net", "Message", b"kept")
    (tmp_path / f"{linked.worker}{LIVE}").write_bytes(records.encode(event))
    take_place(settings_of(module_database.connector, tmp_path), "successor", None, DatabaseHealth())
    with store.connector.transaction() as connection:
        assert [each.payload for each in inbox.pop_oldest(connection, linked.session_id, 10)] == [b"kept"]
        assert linked.shard in leases.survey(connection, "another", SHARDS, 60).free


def test_without_a_database_it_goes_on_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    health = DatabaseHealth()
    nowhere = f"postgresql://gateway@{LOOPBACK}:{free_port()}/gateway"
    take_place(settings_of(nowhere, tmp_path), "successor", "predecessor", health)
    assert [record.message for record in caplog.records if record.name == "connector.succession"] == [
        "a worker could not be announced"
    ]
    assert health.latency is None
