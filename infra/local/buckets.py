"""The S3 bucket of the files of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3

from infra.local.queues import CREDENTIAL, REGION, bucket_name

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


def create_bucket(endpoint: str, prefix: str = "") -> str:
    """Create the bucket unless it is there; return its name."""
    client, name = s3_client(endpoint), bucket_name(prefix)
    if name not in {bucket.get("Name") for bucket in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=name)
    return name


def s3_client(endpoint: str) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
    )
