"""What a leaseholder calls at each change of the shards that it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connector.term import Term


@dataclass(frozen=True, slots=True)
class LeaseCallbacks:
    """`on_lost` must close sockets before it returns, the others must not block.

    `on_handoff` means that another worker requested the shard; `may_acquire` is asked before shards are acquired, and
    whenever one seems to have lost its owner.
    """

    on_acquired: Callable[[Term], None]
    on_lost: Callable[[Term], None]
    on_handoff: Callable[[Term], None]
    may_acquire: Callable[[], bool] = lambda: True
