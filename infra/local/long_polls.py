"""Start ministack with receivers that are answered when a message is sent, as SQS answers them.

By itself ministack looks for messages every 0.1 s, and a doorbell waits half of that. Run as a script, because it runs
in ministack's own environment, which has nothing of ours.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

# A message that was delayed, or whose visibility timeout is over, comes without being sent.
LOOK_SECONDS = 0.1

Json = dict[str, Any]
Send = Callable[[Json, str], Json]
Receive = Callable[[Json, str], Awaitable[Json]]


class LongPolls:
    """Wraps what ministack does for a request, which is given its JSON and the queue's URL where that is not in it."""

    def __init__(self, look_seconds: float = LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds
        self._sent: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def sending(self, send: Send) -> Send:
        """Let `send` end the waits for messages of its queue."""

        def told(request: Json, url: str) -> Json:
            answer = send(request, url)
            self._sent.pop(_queue(request, url), asyncio.Event()).set()
            return answer

        return told

    def receiving(self, receive: Receive) -> Receive:
        """Let `receive`, which must not wait, be asked again when something was sent, until it answers something."""

        async def waiting(request: Json, url: str) -> Json:
            deadline = time.monotonic() + int(request.get("WaitTimeSeconds") or 0)
            while True:
                sent = self._sent[_queue(request, url)]
                answer = await receive({**request, "WaitTimeSeconds": 0}, url)
                left = deadline - time.monotonic()
                if answer or left <= 0:
                    return answer
                with suppress(TimeoutError):
                    await asyncio.wait_for(sent.wait(), min(left, self._look_seconds))

        return waiting


def _queue(request: Json, url: str) -> str:
    """Return the name of a queue: its URL is that by which the caller reached ministack."""
    return str(request.get("QueueUrl") or url).rpartition("/")[2]


def main() -> None:
    from ministack.app import main as serve
    from ministack.services.sqs import _HANDLERS as HANDLERS

    polls = LongPolls()
    HANDLERS["ReceiveMessage"] = polls.receiving(HANDLERS["ReceiveMessage"])
    for action in ("SendMessage", "SendMessageBatch"):
        HANDLERS[action] = polls.sending(HANDLERS[action])
    serve()


if __name__ == "__main__":
    main()
