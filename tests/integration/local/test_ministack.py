"""SQS on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import psutil

from infra.local.ministack import MiniStack
from infra.local.queues import SHARDS, create_queues, sqs_client
from tests.stack import Queues, Stack


def test_every_shard_has_a_queue_whose_poison_goes_to_the_dead_letters(queues: Queues) -> None:
    shards = {f"commands-{shard}" for shard in range(SHARDS)}
    others = {f"{name}{end}" for name in ("replies", "webhooks", "pushes", "media") for end in ("", "-dlq")}
    assert set(queues.urls) == {"commands-dlq", *others, *shards}
    client = sqs_client(queues.endpoint)
    result = client.get_queue_attributes(QueueUrl=queues.urls["commands-7"], AttributeNames=["RedrivePolicy"])
    policy = json.loads(result["Attributes"]["RedrivePolicy"])
    assert policy["deadLetterTargetArn"].endswith(f"{queues.prefix}commands-dlq")
    assert int(policy["maxReceiveCount"]) == 5


def test_a_message_goes_through(queues: Queues) -> None:
    client = sqs_client(queues.endpoint)
    client.send_message(QueueUrl=queues.urls["commands-3"], MessageBody="look")
    received = client.receive_message(QueueUrl=queues.urls["commands-3"], WaitTimeSeconds=5)
    assert [message["Body"] for message in received["Messages"]] == ["look"]


def test_creating_queues_twice_changes_nothing(queues: Queues) -> None:
    assert create_queues(queues.endpoint, queues.prefix) == queues.urls


def test_it_listens_on_loopback_only(stack: Stack) -> None:
    sockets = psutil.Process(stack.ministack.pid).net_connections("inet")
    listening = {socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_after_a_kill_the_queues_are_created_again(tmp_path: Path) -> None:
    ministack = MiniStack(tmp_path, tmp_path / "ministack.log")
    ministack.start()
    try:
        urls = ministack.provide_queues("mine-")
        ministack.kill()
        ministack.start()
        assert sorted(sqs_client(ministack.endpoint).list_queues()["QueueUrls"]) == sorted(urls.values())
    finally:
        ministack.stop()
