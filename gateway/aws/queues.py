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

_RECEIVE_OPTIONS: dict[str, Any] = {"connect_timeout": 1, "read_timeout": 25, "max_pool_connections": 64}
# Sending is worth a second and no more: the owner reads the rows by itself a few seconds later.
_SEND_OPTIONS: dict[str, Any] = {"connect_timeout": 1, "read_timeout": 1, "max_pool_connections": 64}
# SQS allows no more; for a turn that is due later the sweeper sends another doorbell.
_LONGEST_DELAY_SECONDS = 900
# SQS delays by whole seconds: a turn that is due so soon is not delayed. Half of how much too early it may be claimed.
_NO_DELAY_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Doorbell:
    """A received message that asks the owner of a session to look; `receipt_handle` deletes it."""

    session_id: UUID
    receipt_handle: str


class QueuesUnavailable(GatewayError):
    """SQS cannot be reached, or refuses; the text names botocore's error."""

    code = "queues_unavailable"


class _Queues:
    """Clients, made when they are first used, and the URLs of queues whose names begin with `prefix`."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._urls: dict[str, str] = {}
        self._client_lock = Lock()

    @cached_property
    def _sender(self) -> SQSClient:
        return self._client(_SEND_OPTIONS)

    def _client(self, options: dict[str, Any]) -> SQSClient:
        # boto3 takes 0.7 s to import on a small machine: a function that sends no doorbell never pays it.
        import boto3
        from botocore.config import Config

        # boto3's default session is not made for threads; the clients it makes are.
        with self._client_lock:
            return boto3.client("sqs", config=Config(retries={"total_max_attempts": 2}, **options))

    def _url(self, client: SQSClient, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = client.get_queue_url(QueueName=f"{self._prefix}{name}")["QueueUrl"]
        return self._urls[name]


class TurnQueue(_Queues):
    """The queue `<prefix>replies`, which feeds functions/replies."""

    def send(self, turn: DueTurn) -> None:
        """Tell functions/replies to look at a turn when it is due. Raises QueuesUnavailable."""
        with _translated_errors():
            client = self._sender
            client.send_message(
                QueueUrl=self._url(client, "replies"),
                MessageBody=json.dumps({"turnId": str(turn.turn_id)}),
                DelaySeconds=_whole_seconds(turn.delay_seconds),
            )


class PushQueue(_Queues):
    """The queue `<prefix>pushes`, which feeds functions/pushes."""

    def send(self) -> None:
        """Start a run that pushes events to WebSocket connections. Raises QueuesUnavailable."""
        with _translated_errors():
            client = self._sender
            client.send_message(QueueUrl=self._url(client, "pushes"), MessageBody="{}")


def _whole_seconds(delay: float) -> int:
    return min(max(math.ceil(delay - _NO_DELAY_SECONDS), 0), _LONGEST_DELAY_SECONDS)


def turn_of(body: str) -> UUID:
    """Return the id of the turn that a doorbell is about. Raises ValueError for a body that is not a doorbell."""
    try:
        return UUID(json.loads(body)["turnId"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the doorbell of a turn") from error


class WebhookQueue(_Queues):
    """The queue `<prefix>webhooks`, which feeds functions/webhooks. All methods raise QueuesUnavailable."""

    def send(self, webhook_id: UUID, delay_seconds: float = 0.0) -> None:
        """Tell functions/webhooks to look for what is due of a webhook."""
        self._send({"webhookId": str(webhook_id)}, delay_seconds)

    def send_log(self, delay_seconds: float = 0.0) -> None:
        """Tell functions/webhooks to look for new events."""
        self._send({"log": "events"}, delay_seconds)

    def _send(self, body: dict[str, str], delay_seconds: float) -> None:
        with _translated_errors():
            client = self._sender
            client.send_message(
                QueueUrl=self._url(client, "webhooks"),
                MessageBody=json.dumps(body),
                DelaySeconds=min(math.ceil(delay_seconds), _LONGEST_DELAY_SECONDS),
            )


def webhook_of(body: str) -> UUID | None:
    """Return the id of the webhook that a doorbell is about; None: of the log. Raises ValueError for anything else."""
    try:
        document = json.loads(body)
        return None if document == {"log": "events"} else UUID(document["webhookId"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the doorbell of a webhook") from error


class MediaQueue(_Queues):
    """The queue `<prefix>media`, which feeds functions/media."""

    def send(self, media_id: UUID, delay_seconds: float = 0.0) -> None:
        """Tell functions/media to look at a file, after so many seconds. Raises QueuesUnavailable."""
        with _translated_errors():
            client = self._sender
            client.send_message(
                QueueUrl=self._url(client, "media"),
                MessageBody=json.dumps({"mediaId": str(media_id)}),
                DelaySeconds=min(math.ceil(delay_seconds), _LONGEST_DELAY_SECONDS),
            )


def media_of(body: str) -> UUID:
    """Return the id of the file that a doorbell is about. Raises ValueError for a body that is not a doorbell."""
    try:
        return UUID(json.loads(body)["mediaId"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the doorbell of a file") from error


class CommandQueues(_Queues):
    """The queues `<prefix>commands-<shard>`. All methods raise QueuesUnavailable."""

    def send(self, shard: int, session_id: UUID) -> None:
        """Tell the owner of a shard to look at a session."""
        with _translated_errors():
            client = self._sender
            body = json.dumps({"sessionId": str(session_id)})
            client.send_message(QueueUrl=self._url(client, f"commands-{shard}"), MessageBody=body)

    def receive(self, shard: int, wait_seconds: int) -> list[Doorbell]:
        """Return the doorbells of a shard, waiting for the first; what is not one stays for the dead-letter queue."""
        with _translated_errors():
            client = self._receiver
            response = client.receive_message(
                QueueUrl=self._url(client, f"commands-{shard}"), MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
            )
        doorbells = []
        for message in response.get("Messages", []):
            try:
                session_id = UUID(json.loads(message["Body"])["sessionId"])
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
            doorbells.append(Doorbell(session_id, message["ReceiptHandle"]))
        return doorbells

    def delete(self, shard: int, doorbells: list[Doorbell]) -> None:
        """Delete doorbells whose sessions were woken."""
        with _translated_errors():
            client = self._receiver
            client.delete_message_batch(
                QueueUrl=self._url(client, f"commands-{shard}"),
                Entries=[
                    {"Id": str(i), "ReceiptHandle": doorbell.receipt_handle} for i, doorbell in enumerate(doorbells)
                ],
            )

    def check(self) -> None:
        """Raise QueuesUnavailable unless the first queue can be reached."""
        with _translated_errors():
            client = self._sender
            url = self._url(client, "commands-0")
            client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])

    @cached_property
    def _receiver(self) -> SQSClient:
        return self._client(_RECEIVE_OPTIONS)


@contextmanager
def _translated_errors() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise QueuesUnavailable(type(error).__name__) from error
