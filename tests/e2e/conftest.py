"""Worlds: one for all tests that leave the processes alone, one a test for those that kill them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.world import World
from tests.stack import Stack

# Limits against bans are tested by themselves; elsewhere they would only stop the tests.
UNLIMITED = {
    "GATEWAY_MESSAGES_PER_MINUTE": "100000",
    "GATEWAY_MESSAGES_PER_HOUR": "100000",
    "GATEWAY_NEW_CHATS_PER_DAY": "100000",
    "GATEWAY_REQUESTS_PER_MINUTE": "1000000",
    "GATEWAY_MAX_PAIRINGS_PER_USER": "10",
}
# On a busy machine a worker may be silent for a while.
PATIENT = {"GATEWAY_TAKEOVER_SECONDS": "5"}


@pytest.fixture(scope="package")
def world(stack: Stack) -> Iterator[World]:
    """A gateway with one connector; at the end nothing may have leaked and nothing been misunderstood."""
    with stack.gateway(**UNLIMITED, **PATIENT) as gateway:
        yield from lived_in(World(stack, gateway), connectors=1)


@pytest.fixture
def fresh(stack: Stack) -> Iterator[World]:
    """A gateway without a connector: the test starts and ends its own."""
    with stack.gateway(**UNLIMITED, **PATIENT) as gateway:
        yield from lived_in(World(stack, gateway), connectors=0)


def lived_in(world: World, connectors: int) -> Iterator[World]:
    for _ in range(connectors):
        world.gateway.start_connector()
    try:
        yield world
        world.whatsapp.clear_faults()
        world.assert_no_problems()
        world.assert_nothing_leaked()
    finally:
        world.close()
