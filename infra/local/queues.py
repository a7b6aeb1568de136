"""The SQS queues the gateway polls, created from the template that AWS creates them from."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3

from infra.aws.template import load

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

REGION = "us-east-1"
CREDENTIAL = "local"
SHARDS = 16
# Where a queue's attribute takes a structure, SQS wants it as JSON.
_STRUCTURED = ("RedrivePolicy",)


def bucket_name(prefix: str = "") -> str:
    """Return the S3 bucket that belongs to the queues with this prefix."""
    return f"{prefix}whatsapp-gateway-media"


def sqs_client(endpoint: str) -> SQSClient:
    return boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
    )


def queue_environment(endpoint: str, prefix: str = "", shards: int = SHARDS) -> dict[str, str]:
    """Return what a process of the gateway needs in its environment to reach the queues and the bucket."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "GATEWAY_QUEUE_PREFIX": prefix,
        "GATEWAY_MEDIA_BUCKET": bucket_name(prefix),
        "GATEWAY_SHARDS": str(shards),
    }


def create_queues(endpoint: str, prefix: str = "", shards: int = SHARDS) -> dict[str, str]:
    """Create what is missing; return the URL of each queue by its name without the prefix."""
    client = sqs_client(endpoint)
    urls: dict[str, str] = {}
    arns: dict[str, str] = {}
    for logical_id, properties in _dead_letters_first(queue_properties(shards)):
        name = properties["QueueName"]
        attributes = {key: _attribute(key, value, arns) for key, value in properties.items() if key != "QueueName"}
        urls[name] = client.create_queue(QueueName=prefix + name, Attributes=cast(Any, attributes))["QueueUrl"]
        if "RedrivePolicy" not in properties:
            result = client.get_queue_attributes(QueueUrl=urls[name], AttributeNames=["QueueArn"])
            arns[logical_id] = result["Attributes"]["QueueArn"]
    return urls


@cache
def queue_properties(shards: int) -> dict[str, dict[str, Any]]:
    """Return the queues' properties in the template by logical id, with names without a prefix."""
    numbers = ",".join(map(str, range(shards)))
    template = load("infra/aws/queues.yaml", Prefix="", ShardNumbers=numbers)
    return {name: template.value(properties) for name, properties in template.of_type("AWS::SQS::Queue").items()}


def _dead_letters_first(queues: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(queues.items(), key=lambda queue: "RedrivePolicy" in queue[1])


def _attribute(key: str, value: Any, arns: dict[str, str]) -> str:  # noqa: ANN401
    if key not in _STRUCTURED:
        return str(value).lower() if isinstance(value, bool) else str(value)
    target = value["deadLetterTargetArn"]["Fn::GetAtt"][0]
    return json.dumps({**value, "deadLetterTargetArn": arns[target]})
