"""Deploy to AWS: registry, image, functions, stack. `python -m infra.aws.deploy STACK [Name=value …]`.

Needs Docker and AWS credentials. Parameters that are not given keep the value of the deployment before.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from infra.aws.package import ROOT
from infra.aws.tools import quiet_environment, tool

PLATFORM = "linux/arm64"
REGISTRY_TEMPLATE = "infra/aws/registry.yaml"


@dataclass(frozen=True, slots=True)
class Registry:
    uri: str
    arn: str


def main() -> None:
    stack, *parameters = sys.argv[1:]
    if not all("=" in parameter for parameter in parameters):
        sys.exit("Give parameters as Name=value; template.yaml lists them.")
    commit = _commit()
    registry = _registry(f"{stack}-registry")
    image = _push(registry, commit)
    _run(tool("sam"), "build")
    release = f"{commit}-{datetime.now(UTC):%Y%m%d%H%M%S}"
    own = [f"Release={release}", f"ConnectorImage={image}", f"RepositoryArn={registry.arn}"]
    _run(tool("sam"), "deploy", "--stack-name", stack, "--parameter-overrides", *own, *parameters)


def _commit() -> str:
    """Return the commit of the work tree. Ends the program where changes are not committed: it names the image."""
    if _output("git", "status", "--porcelain"):
        sys.exit("There are changes that are not committed: commit them, so that the release can be named.")
    return _output("git", "rev-parse", "--short=12", "HEAD")


def _registry(stack: str) -> Registry:
    """Deploy the stack of the registry, and return it."""
    _run(tool("sam"), "deploy", "--template", REGISTRY_TEMPLATE, "--stack-name", stack)
    (repository,) = _client("ecr").describe_repositories(repositoryNames=[stack])["repositories"]
    return Registry(repository["repositoryUri"], repository["repositoryArn"])


def _push(registry: Registry, tag: str) -> str:
    """Return the image by its digest; build and push it first unless the registry has it."""
    digest = _digest(registry, tag)
    if digest is None:
        _log_in(registry)
        _run("docker", "buildx", "build", "--platform", PLATFORM, "--push", "--tag", f"{registry.uri}:{tag}", ".")
        digest = _digest(registry, tag)
    return f"{registry.uri}@{digest}"


def _digest(registry: Registry, tag: str) -> str | None:
    """Return the digest of an image, or None where the registry does not have it."""
    client = _client("ecr")
    repository = registry.uri.split("/", 1)[1]
    try:
        found = client.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except client.exceptions.ImageNotFoundException:
        return None
    return str(found["imageDetails"][0]["imageDigest"])


def _log_in(registry: Registry) -> None:
    """Log Docker in to the registry; the password goes through standard input, which no process list shows."""
    (data,) = _client("ecr").get_authorization_token()["authorizationData"]
    user, password = base64.b64decode(data["authorizationToken"]).decode().split(":", 1)
    host = registry.uri.split("/", 1)[0]
    command = ["docker", "login", "--username", user, "--password-stdin", host]
    subprocess.run(command, input=password, text=True, check=True, cwd=ROOT)


def _client(service: str) -> Any:  # noqa: ANN401 - stubs of two more services for three calls
    return boto3.client(service)  # type: ignore[call-overload]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT, env=_environment())


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, cwd=ROOT, text=True, stdout=subprocess.PIPE).stdout.strip()


def _environment() -> dict[str, str]:
    """Return an environment in which SAM uses the region that boto3 finds, for example in the user's profile."""
    region = boto3.session.Session().region_name
    if region is None:
        sys.exit("Set AWS_REGION, or a region in your AWS profile.")
    return {**quiet_environment(), "AWS_DEFAULT_REGION": region, "AWS_REGION": region}


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode or os.EX_SOFTWARE)
