"""SQS doorbells: they carry ids only and say "look now"; a lost, late or doubled one is harmless."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

# A ring is worth a second and no more: the owner looks by itself a few seconds later.
_CONFIG = Config(connect_timeout=1, read_timeout=25, retries={"max_attempts": 1}, max_pool_connections=64)
_RING_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"max_attempts": 1})


@dataclass(frozen=True, slots=True)
class Doorbell:
    """A received ring; `receipt` deletes it."""

    session_id: UUID
    receipt: str


class CommandQueues:
    """The queues `<prefix>commands-<shard>`. Methods raise botocore's errors when SQS cannot be reached."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._urls: dict[int, str] = {}

    def ring(self, shard: int, session_id: UUID) -> None:
        """Tell the owner of a shard to look at a session."""
        client = self._ringer
        client.send_message(QueueUrl=self._url(client, shard), MessageBody=json.dumps({"sessionId": str(session_id)}))

    def listen(self, shard: int, wait_seconds: int) -> list[Doorbell]:
        """Rings of a shard, waiting for the first; what cannot be parsed stays for the dead-letter queue."""
        client = self._listener
        answer = client.receive_message(
            QueueUrl=self._url(client, shard), MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
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
        client = self._listener
        client.delete_message_batch(
            QueueUrl=self._url(client, shard),
            Entries=[{"Id": str(i), "ReceiptHandle": bell.receipt} for i, bell in enumerate(doorbells)],
        )

    def check(self) -> None:
        """Raises botocore's errors unless the first queue answers."""
        client = self._ringer
        client.get_queue_attributes(QueueUrl=self._url(client, 0), AttributeNames=["ApproximateNumberOfMessages"])

    @cached_property
    def _ringer(self) -> SQSClient:
        return boto3.client("sqs", config=_RING_CONFIG)

    @cached_property
    def _listener(self) -> SQSClient:
        return boto3.client("sqs", config=_CONFIG)

    def _url(self, client: SQSClient, shard: int) -> str:
        if shard not in self._urls:
            self._urls[shard] = client.get_queue_url(QueueName=f"{self._prefix}commands-{shard}")["QueueUrl"]
        return self._urls[shard]
