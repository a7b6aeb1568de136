"""Receivers of ministack are answered when a message is sent."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from infra.local.long_polls import Json, LongPolls

QUEUE = {"QueueUrl": "http://127.0.0.1:4566/000000000000/replies"}
# The same by another name, and with it in the path of the request.
ELSEWHERE = ({"QueueUrl": "http://localhost:4566/000000000000/replies"}, "")
IN_PATH: tuple[Json, str] = ({}, "http://127.0.0.1:4566/000000000000/replies")
OTHER = {"QueueUrl": "http://127.0.0.1:4566/000000000000/webhooks"}


class Sqs:
    """Answers as ministack does where nobody waits, and counts how often it is asked for messages."""

    def __init__(self, look_seconds: float) -> None:
        polls = LongPolls(look_seconds)
        self.send, self.receive = polls.sending(self._send), polls.receiving(self._receive)
        self.asked = 0
        self._messages: defaultdict[str, list[str]] = defaultdict(list)

    def _send(self, request: Json, url: str) -> Json:
        self._messages[_name(request, url)].append(request["MessageBody"])
        return {"MessageId": "1"}

    async def _receive(self, request: Json, url: str) -> Json:
        assert request["WaitTimeSeconds"] == 0
        self.asked += 1
        messages = self._messages.pop(_name(request, url), [])
        return {"Messages": messages} if messages else {}


def _name(request: Json, url: str) -> str:
    return str(request.get("QueueUrl", url)).rpartition("/")[2]


async def _waiting(sqs: Sqs, seconds: int = 100) -> asyncio.Task[Json]:
    """A receiver that has found nothing and waits."""
    task = asyncio.ensure_future(sqs.receive({**QUEUE, "WaitTimeSeconds": seconds}, ""))
    while not sqs.asked:
        await asyncio.sleep(0)
    return task


def test_a_receiver_that_waits_is_answered_when_something_is_sent() -> None:
    async def talk() -> None:
        for where, url in (ELSEWHERE, IN_PATH):
            sqs = Sqs(look_seconds=1000)
            receiver = await _waiting(sqs)
            assert sqs.send({**where, "MessageBody": "look"}, url) == {"MessageId": "1"}
            assert await receiver == {"Messages": ["look"]}
            assert sqs.asked == 2

    asyncio.run(talk())


def test_what_is_sent_to_another_queue_wakes_nobody() -> None:
    async def talk() -> None:
        sqs = Sqs(look_seconds=1000)
        receiver = await _waiting(sqs)
        sqs.send({**OTHER, "MessageBody": "look"}, "")
        for _ in range(10):
            await asyncio.sleep(0)
        assert (receiver.done(), sqs.asked) == (False, 1)
        receiver.cancel()

    asyncio.run(talk())


def test_what_becomes_visible_by_itself_is_found_too() -> None:
    async def talk() -> None:
        sqs = Sqs(look_seconds=0.001)
        receiver = await _waiting(sqs)
        sqs._send({**QUEUE, "MessageBody": "delayed"}, "")
        assert await receiver == {"Messages": ["delayed"]}

    asyncio.run(talk())


def test_who_does_not_want_to_wait_is_answered_at_once_and_who_waits_in_vain_in_the_end() -> None:
    async def talk() -> None:
        sqs = Sqs(look_seconds=0.001)
        assert await sqs.receive(dict(QUEUE), "") == {}
        assert sqs.asked == 1
        assert await sqs.receive({**QUEUE, "WaitTimeSeconds": 1}, "") == {}
        assert sqs.asked > 2

    asyncio.run(talk())
