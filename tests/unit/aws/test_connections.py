"""Connections of the template's defaults, and of each row of the paper: together no more than the server has."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from connector.credentials import POOL_SIZE
from connector.whatsapp.devices import STARTING_SHARE
from connector.worker.worker import LEASE_CONNECTIONS
from gateway.settings import ConnectorSettings
from tests.unit.aws.deployment import connector, nested, root, text

SUPERUSERS = 3
# Of one client just after its login; and the share of sessions that have been active within a minute.
BUSY, ACTIVE = 2, 0.1
DEFAULTS = root().parameters


@dataclass(frozen=True)
class Size:
    """A row of the table in docs/scale.md."""

    name: str
    server: int
    tasks: int
    whatsmeow: int
    alarm: int
    starting: int
    at_rest: int


def _sizes() -> list[Size]:
    rows = [line.strip("|").split("|") for line in text("docs/scale.md").splitlines() if line.startswith("| db.")]
    return [Size(cells[0].strip(), *(int(cell.replace(",", "")) for cell in cells[1:])) for cells in rows]


SIZES = {size.name: size for size in _sizes()}


def _proxy(server: int) -> int:
    (targets,) = nested("database").of_type("AWS::RDS::DBProxyTargetGroup").values()
    return server * int(targets["ConnectionPoolConfigurationInfo"]["MaxConnectionsPercent"]) // 100


def _task() -> int:
    """Of the connector's role: a worker's pool, its LISTEN and its locks, and two for its leases."""
    assert connector().variables["GATEWAY_WORKERS"] == "1"
    return int(ConnectorSettings.model_fields["database_pool_size"].default) + 2 + LEASE_CONNECTIONS


def _at_once(tasks: int) -> int:
    """While a release is exchanged, new tasks run beside the old ones."""
    service = nested("connector").of_type("AWS::ECS::Service")["Service"]
    return tasks * int(service["DeploymentConfiguration"]["MaximumPercent"]) // 100


def _reserved() -> int:
    group = nested("database").of_type("AWS::RDS::DBParameterGroup")["Parameters"]
    return int(group["Parameters"]["reserved_connections"]) + SUPERUSERS


def test_the_defaults_are_a_row_of_the_paper() -> None:
    size = SIZES[DEFAULTS["DatabaseClass"]]
    assert (size.tasks, size.whatsmeow, size.alarm) == (
        DEFAULTS["MaxTasks"],
        DEFAULTS["WhatsmeowConnections"],
        DEFAULTS["DatabaseConnectionsLimit"],
    )
    assert DEFAULTS["MaxTasks"] * DEFAULTS["SessionsPerTask"] <= size.at_rest


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_all_that_may_be_open_at_once_is_no_more_than_the_server_has(size: Size) -> None:
    assert _proxy(size.server) + _at_once(size.tasks) * _task() + size.whatsmeow + _reserved() <= size.server


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_sessions_at_rest_leave_room_for_those_that_start(size: Size) -> None:
    for_starts = size.whatsmeow * STARTING_SHARE
    assert size.starting == for_starts // BUSY
    assert size.at_rest * ACTIVE * BUSY + _at_once(size.tasks) * (POOL_SIZE + 1) <= for_starts


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_alarm_comes_before_the_server_refuses(size: Size) -> None:
    assert size.whatsmeow < size.alarm < size.server - _reserved()
