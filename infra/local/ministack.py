"""ministack: SQS, KMS and S3 over real HTTP on loopback, in an environment of its own, because it pins botocore."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from infra.local import long_polls
from infra.local.buckets import create_bucket
from infra.local.child import Command
from infra.local.kms import provide_kms_key
from infra.local.ports import LOOPBACK, free_port, responds_ok
from infra.local.queues import CREDENTIAL, SHARDS, create_queues
from infra.local.service import Service

PYTHON = Path(sys.prefix) / "ministack" / "bin" / "python"


class MiniStack(Service):
    """Keeps files over a restart, and nothing else; the KMS key is created again from the same material."""

    # It would wait 3 s for receivers that are still polling; there is nothing to save.
    stop_timeout = 0.2

    def __init__(self, directory: Path, log: Path, port: int | None = None, shards: int = SHARDS) -> None:
        super().__init__("ministack", log)
        self.port = port or free_port()
        self._directory = directory
        self._shards = shards
        self._prefixes: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def command(self) -> Command:
        if not PYTHON.exists():
            raise FileNotFoundError(f"{PYTHON} is missing: run make setup")
        self._directory.mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": os.defpath,
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": LOOPBACK,
            "LOG_LEVEL": "WARNING",
            # By which it checks the signatures of presigned addresses.
            "AWS_ACCESS_KEY_ID": CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._directory / "s3"),
            # It would listen on every address.
            "IOT_MTLS_ENABLED": "0",
            "TMPDIR": str(self._directory),
        }
        # Safe path: the folder of the script has modules of ours.
        arguments = (str(PYTHON), "-P", long_polls.__file__)
        return Command(arguments, environment, self._directory, death_signal=signal.SIGKILL)

    def is_ready(self) -> bool:
        return responds_ok(f"{self.endpoint}/_ministack/health")

    def on_ready(self) -> None:
        provide_kms_key(self.endpoint, self._directory / "kms-material")
        for prefix in self._prefixes:
            create_queues(self.endpoint, prefix, self._shards)
            create_bucket(self.endpoint, prefix)

    def provide_queues(self, prefix: str = "") -> dict[str, str]:
        """Create a set of queues and a bucket, now and after every later start; return the queues' URLs by name."""
        self._prefixes.append(prefix)
        create_bucket(self.endpoint, prefix)
        return create_queues(self.endpoint, prefix, self._shards)
