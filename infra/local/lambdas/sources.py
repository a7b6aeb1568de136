"""What invokes functions: an SQS queue, as Lambda's event source mapping reads it, or the clock."""

from __future__ import annotations

import logging
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.lambdas.instance import Function, Instance, InvocationError
from infra.local.lambdas.runtime import ACCOUNT
from infra.local.queues import REGION, sqs_client

if TYPE_CHECKING:
    from types_boto3_sqs.type_defs import MessageTypeDef

log = logging.getLogger(__name__)

WAIT_SECONDS = 20
RETRY_SECONDS = 1.0


class Source(threading.Thread):
    """A thread that invokes one instance until it is stopped."""

    def __init__(self, function: Function) -> None:
        super().__init__(name=function.name, daemon=True)
        self.instance = Instance(function)
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._step()
            except (InvocationError, BotoCoreError, ClientError) as error:
                log.warning("%s: %s", self.name, error)
                self._stopping.wait(RETRY_SECONDS)
        self.instance.end()

    def stop(self) -> None:
        self._stopping.set()

    def _step(self) -> None:
        raise NotImplementedError


class QueueSource(Source):
    """Deletes what was processed; what failed is received again when its visibility timeout is over."""

    def __init__(self, function: Function, endpoint: str, queue: str, batch_size: int) -> None:
        super().__init__(function)
        self._client = sqs_client(endpoint)
        self._queue = queue
        self._batch_size = batch_size

    def _step(self) -> None:
        self.instance.warm_up()
        received = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._batch_size,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = received.get("Messages", [])
        if not messages or self._stopping.is_set():
            return
        failed = failed_items(self.instance.invoke({"Records": [sqs_record(self._queue, m) for m in messages]}))
        done = [message for message in messages if message["MessageId"] not in failed]
        if done:
            entries = [{"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(done)]
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]

    @cached_property
    def _url(self) -> str:
        return self._client.get_queue_url(QueueName=self._queue)["QueueUrl"]


class ClockSource(Source):
    """Invokes at an interval in seconds, first after one interval; a failed invocation is not repeated."""

    def __init__(self, function: Function, seconds: float) -> None:
        super().__init__(function)
        self._seconds = seconds

    def _step(self) -> None:
        self._stopping.wait(self._seconds)
        if not self._stopping.is_set():
            self.instance.invoke(scheduled_event())


def sqs_record(queue: str, message: MessageTypeDef) -> dict[str, Any]:
    """Return a message in the form in which a function gets it."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": dict(message.get("MessageAttributes", {})),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def failed_items(result: Any) -> set[str]:  # noqa: ANN401
    """Return the ids of messages that failed; for Lambda no result, or an empty one, means success."""
    return {failure["itemIdentifier"] for failure in (result or {}).get("batchItemFailures", [])}


def scheduled_event() -> dict[str, Any]:
    """Return what EventBridge Scheduler sends where the target has no input of its own."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": now,
        "region": REGION,
        "resources": [],
        "detail": "{}",
    }
