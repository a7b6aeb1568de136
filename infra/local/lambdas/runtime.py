"""The process of a function's instance: reads events as JSON lines, writes what the handler returns to a descriptor.

Run as `python -m infra.local.lambdas.runtime NAME MODULE:HANDLER TIMEOUT DESCRIPTOR`; standard output stays the
function's log.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
import uuid
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class Context:
    """The context of an invocation, as the Lambda runtime for Python passes it to a handler."""

    function_name: str
    timeout: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.monotonic)
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 1024
    log_group_name: str = "local"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None
    tenant_id: None = None

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return max(int((self.started + self.timeout - time.monotonic()) * 1000), 0)


def main() -> None:
    name, path, timeout, descriptor = sys.argv[1:5]
    module, _, attribute = path.partition(":")
    handler = getattr(import_module(module), attribute)
    with os.fdopen(int(descriptor), "w", buffering=1) as results:
        print(json.dumps({"ready": True}), file=results)
        for line in sys.stdin:
            print(json.dumps(_invoke(handler, json.loads(line), Context(name, float(timeout)))), file=results)


def _invoke(handler: Any, event: dict[str, Any], context: Context) -> dict[str, Any]:  # noqa: ANN401
    try:
        return {"result": handler(event, context)}
    except Exception as error:  # noqa: BLE001 (the runtime reports any error and goes on)
        traceback.print_exc()
        return {"error": type(error).__name__}


if __name__ == "__main__":
    main()
