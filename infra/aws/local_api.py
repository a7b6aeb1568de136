"""Write the environment file with which `sam local` reaches what `make up` runs: `python -m infra.aws.local_api`.

SAM's container shares this machine's network (`--docker-network host`), so that loopback addresses hold; on Docker
Desktop that must be switched on in its settings.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from infra.local.first_run import kept_key, write_secret
from infra.local.queues import queue_environment
from infra.local.settings import UpSettings
from infra.local.system import System

FILE = "sam-environment.json"


def write_environment(settings: UpSettings) -> Path:
    """Return the file's path. Needs what `make up` has made; only its owner can read the file: it holds a password."""
    endpoint = f"http://127.0.0.1:{settings.sqs_port}"
    queues = queue_environment(endpoint, shards=settings.gateway_shards)
    variables = {
        **queues,
        **System(settings).database.functions_environment,
        "GATEWAY_DATABASE_URL_SECRET": "",
        "GATEWAY_TOKEN_KEYS": kept_key(settings.directory / "token-key"),
        "GATEWAY_TOKEN_KEYS_SECRET": "",
    }
    path = Path(settings.directory) / FILE
    path.unlink(missing_ok=True)
    write_secret(path, json.dumps({"Functions/ApiFunction": variables, "ApiFunction": variables}, indent=2))
    return path


if __name__ == "__main__":
    os.umask(0o077)
    write_environment(UpSettings())
