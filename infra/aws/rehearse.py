"""Deploy the templates to ministack's CloudFormation over HTTP, exchange the release, and delete everything again.

`make rehearse`, or `python -m infra.aws.rehearse [SHAPE …]`. SAM's own translator transforms the templates. What
ministack does not know is replaced by something that depends on the same and is named in the output. The functions'
code is replaced by one that answers CloudFormation as functions/migrate does: databases are migrated in other tests.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from infra.aws.package import ROOT
from infra.aws.replacing import replace_unknown
from infra.aws.template import load
from infra.aws.tools import BIN, quiet_environment
from infra.local.ministack import MiniStack

STACK = "rehearsal"
BUCKET = "rehearsal-templates"
CODE = "functions.zip"
SECONDS = 180.0
REGION = "us-east-1"

_RELEASE = {"ConnectorImage": "registry/connector@sha256:0", "RepositoryArn": "arn:aws:ecr:us-east-1:1:repository/r"}
_SECRETS = ("Admin", "Functions", "Replies", "Media", "Sweeper", "Webhooks", "Connector", "Whatsmeow")
_YOUR_SECRETS = {
    f"{name}DatabaseUrlSecretArn": f"arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}" for name in _SECRETS
}
_YOUR_NETWORK = {"VpcId": "vpc-0", "FunctionSubnetIds": "subnet-1,subnet-2", "ConnectorSubnetIds": "subnet-3,subnet-4"}
_YOUR_NAMES = {
    "DomainName": "api.example.com",
    "DomainCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/api",
    "WebSocketDomainName": "events.example.com",
    "WebSocketCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/events",
    "EdgeCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/edge",
    "WebAclArn": "arn:aws:wafv2:us-east-1:000000000000:global/webacl/acl/0",
}
# ministack unrolls no loop of a nested stack.
_SHARDS = ",".join(str(shard) for shard in range(16))
# As docs/deploy.md describes them.
SHAPES: dict[str, dict[str, str]] = {
    "all-made": {},
    "all-given": {"CreateDatabase": "false", **_YOUR_SECRETS, **_YOUR_NETWORK},
    "database-elsewhere": {"CreateDatabase": "false", **_YOUR_SECRETS},
    "names-of-yours": _YOUR_NAMES,
}
_MIGRATION = {
    **{f"{name}SecretArn": arn for name, arn in zip(_SECRETS, _YOUR_SECRETS.values(), strict=True)},
    **{"Name": STACK, "InVpc": "false", "SubnetIds": "", "SecurityGroupId": "", "DatabaseUrl": ""},
}
_ANSWERS = """
from functions.migrate.cloudformation import Status, respond

def handler(event, context):
    respond(event, Status.{status}, "as it was told")
"""


class RehearsalFailed(Exception):
    """What CloudFormation said about each resource that failed."""


@dataclass
class Rehearsal:
    """Deployments to one ministack; `status` is what migrations end with, `replaced` what resources it was spared."""

    endpoint: str
    status: str = "SUCCESS"
    replaced: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        login: dict[str, Any] = {"region_name": REGION, "aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self._s3 = boto3.client("s3", endpoint_url=self.endpoint, **login)
        self._cloudformation = boto3.client("cloudformation", endpoint_url=self.endpoint, **login)
        with suppress(self._s3.exceptions.BucketAlreadyOwnedByYou):
            self._s3.create_bucket(Bucket=BUCKET)
        self._s3.put_object(Bucket=BUCKET, Key=CODE, Body=_code(self.status))
        self._template = self._upload("template.yaml")

    def deploy(self, shape: str) -> float:
        """Make a stack of this shape; return the seconds that it took. Raises RehearsalFailed."""
        return self._make(self._template, {**_RELEASE, **SHAPES[shape]})

    def exchange(self) -> float:
        """Make the stack of the migration and exchange its release; return its seconds. Raises RehearsalFailed.

        It is a stack of its own here: ministack forgets what it knows of a nested stack when it updates it.
        """
        template, given = self._upload("infra/aws/migration.yaml"), _MIGRATION
        took = self._make(template, given)
        self._cloudformation.update_stack(**_stack(template, given, "second"))
        return took + self._wait("UPDATE_COMPLETE")

    def delete(self) -> float:
        """Delete the stack; return the seconds that it took. Raises RehearsalFailed."""
        self._cloudformation.delete_stack(StackName=STACK)
        return self._wait("DELETE_COMPLETE")

    def resources(self) -> list[str]:
        """Return the types of everything that the stack and its nested stacks have."""
        found = []
        for name in self._names():
            rows = self._cloudformation.describe_stack_resources(StackName=name)["StackResources"]
            found += [row["ResourceType"] for row in rows]
        return found

    def _upload(self, name: str) -> str:
        """Put a template where CloudFormation reads it, with those that are nested in it; return its URL."""
        documents = self._documents(name)
        transformed = json.loads(_transformed(json.dumps([*documents.values()])))
        for each, document in zip(documents, transformed, strict=True):
            self._s3.put_object(Bucket=BUCKET, Key=_key(each), Body=json.dumps(self._known(document)).encode())
        return self._url(name)

    def _documents(self, name: str) -> dict[str, dict[str, Any]]:
        """Return a template and those that are nested in it, by name; they lead to each other and to the code."""
        document = load(name, ShardNumbers=_SHARDS).document
        found = {name: document}
        for resource in document["Resources"].values():
            properties = resource.get("Properties", {})
            if "Location" in properties:
                found |= self._documents(properties["Location"])
                properties["Location"] = self._url(properties["Location"])
            if "CodeUri" in properties:
                properties["CodeUri"] = {"Bucket": BUCKET, "Key": CODE}
        return found

    def _url(self, name: str) -> str:
        return f"{self.endpoint}/{BUCKET}/{_key(name)}"

    def _known(self, document: dict[str, Any]) -> dict[str, Any]:
        known, kinds = replace_unknown(document)
        self.replaced |= kinds
        return known

    def _make(self, template: str, given: dict[str, str]) -> float:
        self._cloudformation.create_stack(**_stack(template, given, "first"))
        return self._wait("CREATE_COMPLETE")

    def _wait(self, wanted: str) -> float:
        started = time.monotonic()
        while (status := self._status()) != wanted:
            if status.endswith(("_FAILED", "ROLLBACK_COMPLETE")) or time.monotonic() - started > SECONDS:
                raise RehearsalFailed(f"{status} instead of {wanted}: " + "; ".join(self._failures()))
            time.sleep(0.2)
        return time.monotonic() - started

    def _status(self) -> str:
        stacks = self._cloudformation.list_stacks()["StackSummaries"]
        return next((str(stack["StackStatus"]) for stack in stacks if stack["StackName"] == STACK), "DELETE_COMPLETE")

    def _names(self) -> Iterator[str]:
        for stack in self._cloudformation.list_stacks()["StackSummaries"]:
            if stack["StackName"].startswith(STACK) and stack["StackStatus"] != "DELETE_COMPLETE":
                yield stack["StackName"]

    def _failures(self) -> list[str]:
        events = [
            event
            for name in self._names()
            for event in self._cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        ]
        return [
            f"{event['StackName']}/{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        ]


def _stack(template: str, given: dict[str, str], release: str) -> dict[str, Any]:
    parameters = {**given, "Release": release}
    return {
        "StackName": STACK,
        "TemplateURL": template,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }


def _key(name: str) -> str:
    return name.replace("/", "-").replace(".yaml", ".json")


@cache
def _transformed(templates: str) -> str:
    """Return what SAM makes of a list of templates, in the environment that has SAM: it takes seconds to load."""
    command = [str(BIN / "python"), str(Path(__file__).with_name("transform.py"))]
    environment = quiet_environment()
    done = subprocess.run(command, input=templates, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def _code(status: str) -> bytes:
    """Return the package of every function: one that answers CloudFormation."""
    answers = "functions/migrate/cloudformation.py"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("functions/__init__.py", "")
        package.writestr("functions/migrate/__init__.py", "")
        package.write(ROOT / answers, answers)
        package.writestr("functions/migrate/handler.py", _ANSWERS.format(status=status))
    return packed.getvalue()


def main() -> None:
    shapes = sys.argv[1:] or list(SHAPES)
    with tempfile.TemporaryDirectory() as directory:
        ministack = MiniStack(Path(directory), Path(directory) / "ministack.log")
        ministack.start()
        try:
            rehearsal = Rehearsal(ministack.endpoint)
            for shape in shapes:
                made = f"made in {rehearsal.deploy(shape):.1f} s"
                count = len(rehearsal.resources())
                print(f"{shape}: {count} resources, {made}, deleted in {rehearsal.delete():.1f} s")  # noqa: T201
            print(f"a release exchanged in {rehearsal.exchange():.1f} s, deleted in {rehearsal.delete():.1f} s")  # noqa: T201
            print(f"replaced: {', '.join(sorted(rehearsal.replaced))}")  # noqa: T201
        finally:
            ministack.stop()


if __name__ == "__main__":
    main()
