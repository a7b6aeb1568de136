"""A function for tests of what invokes functions: it does what its event says."""

from __future__ import annotations

import os
import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    if "seconds" in event:
        time.sleep(event["seconds"])
    if "exit" in event:
        os._exit(1)
    if "raise" in event:
        raise ValueError(event["raise"])
    failed = [record["messageId"] for record in event.get("Records", []) if record["body"] == "poison"]
    return {
        "batchItemFailures": [{"itemIdentifier": item} for item in failed],
        "pid": os.getpid(),
        "request": context.aws_request_id,
        "left": context.get_remaining_time_in_millis(),
        "event": event,
    }
