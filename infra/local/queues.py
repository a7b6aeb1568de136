"""The SQS queues the gateway listens to: one a shard, and one for what cannot be parsed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

REGION = "us-east-1"
CREDENTIAL = "local"
SHARDS = 16
DEAD_LETTERS = "commands-dlq"
MAX_RECEIVES = 5


def sqs_client(endpoint: str) -> SQSClient:
    return boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
    )


def queue_environment(endpoint: str, prefix: str = "", shards: int = SHARDS) -> dict[str, str]:
    """What a process of the gateway needs in its environment to reach the queues."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "GATEWAY_QUEUE_PREFIX": prefix,
        "GATEWAY_SHARDS": str(shards),
    }


def create_queues(endpoint: str, prefix: str = "", shards: int = SHARDS) -> dict[str, str]:
    """Make what is missing; returns the URL of each queue by its name without the prefix."""
    client = sqs_client(endpoint)
    dead_letters = client.create_queue(QueueName=prefix + DEAD_LETTERS)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES})
    urls = {DEAD_LETTERS: dead_letters}
    for name in (f"commands-{shard}" for shard in range(shards)):
        urls[name] = client.create_queue(QueueName=prefix + name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    return urls
