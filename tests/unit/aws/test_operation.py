"""Deploying: the order of the steps, with AWS's services simulated and its programs replaced."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.aws import deploy, tools
from infra.aws.redrive import redrive

RECORDER = """#!/bin/sh
echo "$(basename "$0") $*" >> "{log}"
"""


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    # boto3's own session keeps the credentials that it finds first, for every later test of the process.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        yield


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clean checkout, and what `sam` and `docker` are called with."""
    programs, checkout, log = tmp_path / "programs", tmp_path / "checkout", tmp_path / "calls"
    programs.mkdir()
    for name in ("sam", "docker"):
        (programs / name).write_text(RECORDER.format(log=log))
        (programs / name).chmod(0o755)
    checkout.mkdir()
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *command], cwd=checkout, check=True
        )
    monkeypatch.setattr("infra.aws.deploy.ROOT", checkout)
    monkeypatch.setattr(tools, "BIN", programs)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    return log


def _registry_with_image(tag: str) -> deploy.Registry:
    """As `sam deploy` makes it, with an image in it."""
    ecr = boto3.client("ecr")
    repository = ecr.create_repository(repositoryName="gateway-registry")["repository"]
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {"schemaVersion": 2, "mediaType": media_type, "layers": [], "config": {"digest": "sha256:" + "0" * 64}}
    ecr.put_image(repositoryName="gateway-registry", imageManifest=json.dumps(manifest), imageTag=tag)
    return deploy.Registry(repository["repositoryUri"], repository["repositoryArn"])


def test_a_deployment_makes_the_registry_builds_and_deploys_in_this_order(
    aws: None, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(
        command, cwd=calls.with_name("checkout"), capture_output=True, text=True, check=True
    ).stdout.strip()
    _registry_with_image(commit)
    monkeypatch.setattr("sys.argv", ["deploy", "gateway", "AlertEmail=me@example.com"])
    deploy.main()
    registry, build, stack = calls.read_text().splitlines()
    assert registry == "sam deploy --template infra/aws/registry.yaml --stack-name gateway-registry"
    assert build == "sam build"
    assert stack.startswith(f"sam deploy --stack-name gateway --parameter-overrides Release={commit}-")
    assert "@sha256:" in stack
    assert stack.endswith(" AlertEmail=me@example.com")


def test_an_image_that_is_missing_is_built_for_arm_and_pushed(aws: None, calls: Path) -> None:
    deploy._push(_registry_with_image("another"), "tag")
    login, build = calls.read_text().splitlines()
    assert login.startswith("docker login --username AWS --password-stdin ")
    assert build.startswith("docker buildx build --platform linux/arm64 --push --tag ")
    assert build.endswith(":tag .")


def test_changes_that_are_not_committed_are_refused(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (calls.with_name("checkout") / "changed").touch()
    monkeypatch.setattr("sys.argv", ["deploy", "gateway"])
    with pytest.raises(SystemExit, match="not committed"):
        deploy.main()
    assert not calls.exists()


def test_dead_letters_move_back_where_there_are_some() -> None:
    """Neither moto nor ministack moves messages: the calls are checked against AWS's own model of them."""
    client = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as aws:
        found = {"commands": "0", "replies": "2", "webhooks": "0", "media": "0", "pushes": "0"}
        for name, count in ((f"{name}-dlq", count) for name, count in found.items()):
            attributes = {"QueueArn": f"arn:{name}", "ApproximateNumberOfMessages": count}
            aws.add_response("get_queue_url", {"QueueUrl": name}, {"QueueName": f"gateway-{name}"})
            aws.add_response("get_queue_attributes", {"Attributes": attributes})
            if count != "0":
                aws.add_response("start_message_move_task", {"TaskHandle": "task"}, {"SourceArn": f"arn:{name}"})
        assert redrive(client, "gateway") == {
            "gateway-commands-dlq": 0,
            "gateway-replies-dlq": 2,
            "gateway-webhooks-dlq": 0,
            "gateway-media-dlq": 0,
            "gateway-pushes-dlq": 0,
        }
        aws.assert_no_pending_responses()
