"""How long the API function takes to import: most of a cold start."""

from __future__ import annotations

import subprocess
import sys
import time

from infra.local.python_service import PROJECT
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread
from tests.stack import inherited_environment

HANDLER = "functions.api.handler"


def measure(bench: Bench) -> list[Figure]:
    with bench.world() as world:
        environment = world.gateway.database.functions_environment | world.gateway.queues.environment
        bare = Spread([_seconds("pass", environment) for _ in range(bench.scale.imports)])
        whole = Spread([_seconds(f"import {HANDLER}", environment) for _ in range(bench.scale.imports)])
    measured = f"{whole.p50 - bare.p50:.2f} s (p50 of {bench.scale.imports}, Python's own {bare.p50:.2f} s not counted)"
    return [Figure("Import of the API function", measured)]


def _seconds(program: str, environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], env=inherited_environment() | environment, cwd=PROJECT, check=True)
    return time.perf_counter() - begun
