"""whatsmeow's log lines as Python log records, redacted; what it repeats is counted and told once a minute."""

from __future__ import annotations

import ctypes
import logging

from connector.whatsapp.library import func_callback_bytes2, neonize_pb2
from connector.whatsapp.redaction import redact
from connector.whatsapp.repeated_lines import RepeatedLines
from connector.whatsapp.store_failures import StoreFailures

# At INFO whatsmeow names JIDs in nearly every line.
GO_LEVEL = b"WARN"
# A backlog alone made it write 32,571 lines of one text (measured).
_LINES = RepeatedLines()
_STORE_FAILURES = StoreFailures()


def _forward(data: int | None, size: int) -> None:
    """Log one line of whatsmeow; Go calls this on any of its threads."""
    try:
        entry = neonize_pb2.LogEntry.FromString(ctypes.string_at(data, size)) if data else neonize_pb2.LogEntry()
        logger = f"whatsmeow.{entry.Name.replace('/', '.').lower()}"
        _LINES.log(logger, _level(entry.Level), redact(entry.Message))
        _STORE_FAILURES.hear(entry.Message)
    except Exception:
        logging.getLogger("whatsmeow").exception("a log line of whatsmeow could not be read")


def _level(name: str) -> int:
    return {"DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARN": logging.WARNING}.get(name.upper(), logging.ERROR)


# One for all clients, never freed: Go may log after a client has ended.
log_callback = func_callback_bytes2(_forward)
