"""What every measurement works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.service import Service
from tests.bench.profiling import flame_graphs
from tests.bench.scale import Scale
from tests.e2e.conftest import UNLIMITED
from tests.e2e.world import World
from tests.stack import Gateway, Stack


@dataclass(frozen=True, slots=True)
class Bench:
    """`say` shows progress; `logs` are the log directories of every gateway that was measured.

    With `profiles` the parts that know their services leave flame graphs; what they measure is slower then.
    """

    stack: Stack
    scale: Scale
    say: Callable[[str], None]
    logs: list[Path] = field(default_factory=list)
    profiles: bool = False

    @contextmanager
    def world(self, prepare: Callable[[Gateway], object] = lambda _: None, **settings: str) -> Iterator[World]:
        """Run a gateway without rate limits and without a connector, until the block ends.

        `prepare` is called before anything of it is started.
        """
        with self.stack.gateway(**UNLIMITED, **settings) as gateway:
            self.logs.append(gateway.logs)
            prepare(gateway)
            world = World(self.stack, gateway)
            try:
                yield world
            finally:
                world.close()

    @contextmanager
    def profiled(self, part: str, services: list[Service]) -> Iterator[None]:
        """Record what the services are busy with while the block runs, where profiles are wanted."""
        if not self.profiles:
            yield
            return
        with flame_graphs(part, services) as graphs:
            yield
        for graph in graphs:
            self.say(f"flame graph: {graph}")
