from __future__ import annotations

from collections import Counter
from uuid import UUID, uuid4

from gateway.domain.shards import shard_of


def test_a_shard_is_the_same_for_ever() -> None:
    assert shard_of(UUID("01930000-0000-7000-8000-000000000001"), 16) == 13


def test_sessions_are_spread_evenly() -> None:
    counts = Counter(shard_of(uuid4(), 16) for _ in range(16_000))
    assert set(counts) == set(range(16))
    assert max(counts.values()) < 1_300
