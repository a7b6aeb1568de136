"""SQS doorbells: they carry ids only and say "look now"; a lost, late or doubled one is harmless."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.domain.errors import GatewayError
from gateway.domain.turns import DueTurn

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_LISTEN_OPTIONS: dict[str, Any] = {"connect_timeout": 1, "read_timeout": 25, "max_pool_connections": 64}
# A ring is worth a second and no more: the owner looks by itself a few seconds later.
_RING_OPTIONS: dict[str, Any] = {"connect_timeout": 1, "read_timeout": 1, "max_pool_connections": 64}
# SQS allows no more; a turn that is due later is rung for by the sweeper.
_LONGEST_DELAY_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Doorbell:
    """A received ring; `receipt` deletes it."""

    session_id: UUID
    receipt: str


class QueuesUnavailable(GatewayError):
    """SQS cannot be reached, or refuses; the text names botocore's error."""

    code = "queues_unavailable"


class _Queues:
    """Clients made on first use, and the URLs of queues whose names begin with `prefix`."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._urls: dict[str, str] = {}
        self._making = Lock()

    @cached_property
    def _ringer(self) -> SQSClient:
        return self._client(_RING_OPTIONS)

    def _client(self, options: dict[str, Any]) -> SQSClient:
        # boto3 takes 0.7 s to import on a small machine: a function that answers without a ring never pays it.
        import boto3
        from botocore.config import Config

        # boto3's default session is not made for threads; the clients it makes are.
        with self._making:
            return boto3.client("sqs", config=Config(retries={"total_max_attempts": 2}, **options))

    def _url(self, client: SQSClient, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = client.get_queue_url(QueueName=f"{self._prefix}{name}")["QueueUrl"]
        return self._urls[name]


class TurnQueue(_Queues):
    """The queue `<prefix>replies`, which feeds functions/replies."""

    def ring(self, bell: DueTurn) -> None:
        """Tell functions/replies to look at a turn when it is due. Raises QueuesUnavailable."""
        with _one_error():
            client = self._ringer
            client.send_message(
                QueueUrl=self._url(client, "replies"),
                MessageBody=json.dumps({"turnId": str(bell.turn_id)}),
                DelaySeconds=min(math.ceil(bell.delay_seconds), _LONGEST_DELAY_SECONDS),
            )


def turn_of(body: str) -> UUID:
    """The turn a ring is about. Raises ValueError for what is no ring."""
    try:
        return UUID(json.loads(body)["turnId"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no ring of a turn") from error


class CommandQueues(_Queues):
    """The queues `<prefix>commands-<shard>`. All methods raise QueuesUnavailable."""

    def ring(self, shard: int, session_id: UUID) -> None:
        """Tell the owner of a shard to look at a session."""
        with _one_error():
            client = self._ringer
            body = json.dumps({"sessionId": str(session_id)})
            client.send_message(QueueUrl=self._url(client, f"commands-{shard}"), MessageBody=body)

    def listen(self, shard: int, wait_seconds: int) -> list[Doorbell]:
        """Rings of a shard, waiting for the first; what cannot be parsed stays for the dead-letter queue."""
        with _one_error():
            client = self._listener
            answer = client.receive_message(
                QueueUrl=self._url(client, f"commands-{shard}"), MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
            )
        doorbells = []
        for message in answer.get("Messages", []):
            try:
                session_id = UUID(json.loads(message["Body"])["sessionId"])
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
            doorbells.append(Doorbell(session_id, message["ReceiptHandle"]))
        return doorbells

    def hang_up(self, shard: int, doorbells: list[Doorbell]) -> None:
        """Delete rings that were noted."""
        with _one_error():
            client = self._listener
            client.delete_message_batch(
                QueueUrl=self._url(client, f"commands-{shard}"),
                Entries=[{"Id": str(i), "ReceiptHandle": bell.receipt} for i, bell in enumerate(doorbells)],
            )

    def check(self) -> None:
        """Raises QueuesUnavailable unless the first queue answers."""
        with _one_error():
            client = self._ringer
            url = self._url(client, "commands-0")
            client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])

    @cached_property
    def _listener(self) -> SQSClient:
        return self._client(_LISTEN_OPTIONS)


@contextmanager
def _one_error() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise QueuesUnavailable(type(error).__name__) from error
