"""The functions as packaged for Lambda: their size, and their cold start under AWS's runtime client."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

from infra.aws.package import CONNECTOR, GROUPS, package
from infra.local.database import DatabaseUrls
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread
from tests.integration.lambda_runtime.runtime import FunctionError, running
from tests.stack import TOKEN_KEYS, Queues

MOST_MEGABYTES = 80
MOST_INIT_SECONDS = 1.2
MEGABYTE = 1_000_000


def measure(bench: Bench) -> list[Figure]:
    queues, database = bench.stack.queues(), bench.stack.database()
    try:
        names = [name for name in GROUPS if name != CONNECTOR]
        return [figure for name in names for figure in _function(bench, name, _environment(queues, database))]
    finally:
        bench.stack.drop(database)


def _function(bench: Bench, name: str, environment: dict[str, str]) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gateway-package-") as temporary:
        directory = Path(temporary) / name
        package(name, directory, native=True)
        size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / MEGABYTE
        logs = [Path(temporary) / f"{number}.log" for number in range(bench.scale.imports)]
        init = Spread([_init_seconds(directory, name, environment, log) for log in logs])
    return [
        Figure(f"Package of {name}", f"{size:.0f} MB", aim=f"≤ {MOST_MEGABYTES} MB", met=size <= MOST_MEGABYTES),
        Figure(f"Cold start of {name}", str(init), aim=f"≤ {MOST_INIT_SECONDS} s", met=init.p50 <= MOST_INIT_SECONDS),
    ]


def _init_seconds(directory: Path, name: str, environment: dict[str, str], log: Path) -> float:
    """Return the seconds up to the first event, whose outcome does not matter."""
    with running(directory, name, environment, log) as function:
        with suppress(FunctionError, HTTPError):
            function.invoke({})
        return function.init_milliseconds / 1000


def _environment(queues: Queues, database: DatabaseUrls) -> dict[str, str]:
    cookie_keys = "x" * 64
    return {**queues.environment, **database.functions_environment, **TOKEN_KEYS, "GATEWAY_COOKIE_KEYS": cookie_keys}
