"""Has whatsmeow wait where its store did not answer while it decrypted a message, so that the message is not given up.

It reports such a message as it does one whose key is wrong, and asks the sender for it again: five times within 75 ms
(measured), then never. Only the line that it logs before it asks tells the two apart. Go waits until that line has been
taken, and with it what this client receives, so each time it asks the store has had longer to come back. Where the
database is away altogether, the socket is closed meanwhile, and the message, not acknowledged, comes with the next one.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict

from gateway.metrics import Metric, measure

log = logging.getLogger(__name__)

# Before each time that it asks. Beyond half a minute whatsmeow goes on with what came later.
PAUSES = (1.0, 4.0, 10.0, 20.0, 25.0)
_MOST = 1000
# What lib/pq, and Go below it, say of a server that refuses, is gone, or does not answer.
_LINE = re.compile(
    r"Error decrypting message (\S+) from .*"
    r"(?:pq: |driver: bad connection|dial tcp|connection re(?:fused|set)|broken pipe|i/o timeout|unexpected EOF)",
    re.DOTALL,
)


class StoreFailures:
    """Which messages met a store that did not answer, and how often. From any thread."""

    def __init__(self, pauses: tuple[float, ...] = PAUSES) -> None:
        self._pauses = pauses
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def hear(self, line: str) -> None:
        """Return at once for a line about anything else, and after a pause for one about the store."""
        if (match := _LINE.search(line)) is None:
            return
        count = self._count(match.group(1))
        measure(Metric.STORE_FAILURES)
        log.error("a message waits: whatsmeow's store did not answer", extra={"attempt": count})
        threading.Event().wait(self._pauses[min(count, len(self._pauses)) - 1])

    def _count(self, message_id: str) -> int:
        with self._lock:
            count = self._counts.pop(message_id, 0) + 1
            self._counts[message_id] = count
            if len(self._counts) > _MOST:
                self._counts.popitem(last=False)
        return count
