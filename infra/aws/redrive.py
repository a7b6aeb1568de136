"""Move the messages of the dead-letter queues back to their queues: `python -m infra.aws.redrive STACK`.

Safe at any time: a message is a doorbell and only says where to look; the rows say what is to be done.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import boto3

from infra.local.queues import queue_properties

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


def redrive(client: SQSClient, stack: str) -> dict[str, int]:
    """Return how many messages each dead-letter queue had; empty ones are left alone.

    Raises botocore's errors, also while an earlier move is running.
    """
    moved = {}
    for properties in queue_properties(1).values():
        if "RedrivePolicy" in properties:
            continue
        name = f"{stack}-{properties['QueueName']}"
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
        wanted = ["QueueArn", "ApproximateNumberOfMessages"]
        attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]  # type: ignore[arg-type]
        moved[name] = int(attributes["ApproximateNumberOfMessages"])
        if moved[name]:
            client.start_message_move_task(SourceArn=attributes["QueueArn"])
    return moved


def main() -> None:
    for name, count in redrive(boto3.client("sqs"), sys.argv[1]).items():
        print(f"{name}: {count} to move" if count else f"{name}: empty")  # noqa: T201


if __name__ == "__main__":
    main()
