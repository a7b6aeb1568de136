"""The number of shards shrinks and grows again while people go on writing, as docs/scale.md describes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from infra.local.services import Connector
from tests.e2e.traffic import Traffic
from tests.e2e.world import Linked, World, until, until_connected

FEW, MANY = 4, 16
LANDLORDS = 4


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_shards_become_fewer_and_more_under_load(
    fresh: World, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", fresh.gateway.database.admin)
    connector = fresh.gateway.start_connector(GATEWAY_SHARDS=str(MANY))
    landlords = [fresh.link(f"Landlord {number}") for number in range(LANDLORDS)]
    traffic = Traffic(fresh, landlords)
    since = time.time()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(traffic.run)
        until(lambda: traffic.written > 5 or running.done())
        reshard(FEW)
        connector = replace(fresh, connector, FEW)
        reshard(FEW)
        assert fresh.rows.select("SELECT max(shard) AS last FROM gateway.shard_leases") == [{"last": FEW - 1}]
        replace(fresh, connector, MANY)
        reshard(MANY)
        for each in landlords:
            until_connected(each.session, each.number)
        traffic.end()
        running.result(timeout=60)
    traffic.assert_complete()
    for each in landlords:
        states = [state for state, _ in fresh.rows.states(each.session.id, since)]
        assert set(states) <= {"connecting", "connected"}, states
        record_property(f"outages of {each.number}", outages(fresh, each, since))
    assert fresh.conflicts() == 0, "two sockets of one session"


def reshard(shards: int) -> None:
    result = CliRunner().invoke(app, ["reshard", str(shards)])
    assert result.exit_code == 0, result.output


def replace(world: World, old: Connector, shards: int) -> Connector:
    """Deploy connectors with another number of shards: the new one runs before the old one ends."""
    new = world.gateway.start_connector(GATEWAY_SHARDS=str(shards))
    old.stop()
    return new


def outages(world: World, linked: Linked, since: float) -> list[float]:
    """Return how long the session was not connected, each time, in seconds."""
    states = world.rows.states(linked.session.id, since)
    return [end - begin for (state, begin), (_, end) in pairwise(states) if state != "connected"]
