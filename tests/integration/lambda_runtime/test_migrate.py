"""The migrate function: as CloudFormation's custom resource, and by hand."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import psycopg
import pytest

from infra.local.database import FUNCTIONS_ROLE, create_database, prepare_database
from infra.local.ports import LOOPBACK
from tests.integration.lambda_runtime.conftest import Start
from tests.integration.lambda_runtime.runtime import Function, FunctionError
from tests.stack import Stack, drop_database

# It takes a package to be built.
pytestmark = pytest.mark.slow

PASSWORD = "made-by-secrets-manager"


@dataclass
class CloudFormation:
    """Waits for answers as CloudFormation does, behind a URL."""

    url: str
    answers: list[dict[str, Any]] = field(default_factory=list)

    def request(self, kind: str) -> dict[str, Any]:
        ids = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Migration"}
        return {"RequestType": kind, "ResponseURL": self.url, **ids, "ResourceProperties": {"Release": "1"}}


@pytest.fixture(autouse=True)
def roles_as_before(stack: Stack) -> Iterator[None]:
    """Roles belong to the whole server, which the other tests of this pytest worker use too."""
    yield
    database = stack.database()
    prepare_database(database.admin, stack.postgres.password)
    stack.drop(database)


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    answers: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None: ...

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield CloudFormation(f"http://{LOOPBACK}:{server.server_address[1]}/", answers)
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class Deployment:
    """An empty database, and the secrets of a deployment that makes its own."""

    environment: dict[str, str]
    address: str


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployment]:
    create_database(stack.postgres.dsn(), "deployed")
    environment = stack.queues().environment
    address = psycopg.conninfo.conninfo_to_dict(stack.postgres.dsn("deployed"))
    bare = f"postgresql://{address['host']}:{address['port']}/deployed"
    admin = {"username": address["user"], "password": address["password"]}
    secrets = {
        "admin": _secret(environment, json.dumps(admin)),
        "functions": _secret(environment, json.dumps({"username": FUNCTIONS_ROLE, "password": PASSWORD})),
        # As Supabase's pooler names roles, and as a whole URL.
        "replies": _secret(environment, f"postgresql://gateway_replies.project:{PASSWORD}@pooler:6543/postgres"),
    }
    yield Deployment(
        {
            **environment,
            "GATEWAY_DATABASE_URL": bare,
            "GATEWAY_DATABASE_URL_SECRET": secrets["admin"],
            "GATEWAY_LOGIN_SECRETS": f"{secrets['functions']},{secrets['replies']}",
            "GATEWAY_WHATSMEOW_CONNECTIONS": "90",
        },
        bare,
    )
    drop_database(stack.postgres.dsn(), "deployed")


def _secret(environment: dict[str, str], text: str) -> str:
    client = boto3.client(
        "secretsmanager",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    return str(client.create_secret(Name=f"login-{abs(hash(text))}", SecretString=text)["ARN"])


@pytest.fixture(scope="module")
def migrate(start: Start, deployment: Deployment) -> Function:
    return start("migrate", deployment.environment)


def test_a_deployment_migrates_and_lets_the_roles_log_in(
    migrate: Function, deployment: Deployment, cloudformation: CloudFormation
) -> None:
    migrate.invoke(cloudformation.request("Create"))
    (answer,) = cloudformation.answers
    assert answer["Status"] == "SUCCESS", answer
    assert answer["RequestId"] == "request"
    for role in (FUNCTIONS_ROLE, "gateway_replies"):
        with psycopg.connect(deployment.address, user=role, password=PASSWORD) as connection:
            assert connection.execute("SELECT count(*) FROM gateway.whatsapp_sessions").fetchone() == (0,)
            limit = "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'gateway_whatsmeow'"
            assert connection.execute(limit).fetchone() == (90,)


def test_the_next_deployment_changes_nothing_and_keeps_the_resource(
    migrate: Function, cloudformation: CloudFormation
) -> None:
    for kind in ("Update", "Update"):
        migrate.invoke(cloudformation.request(kind))
    assert {answer["PhysicalResourceId"] for answer in cloudformation.answers} == {"gateway-database"}
    assert {answer["Status"] for answer in cloudformation.answers} == {"SUCCESS"}
    assert migrate.invoke({"action": "migrate"}) == {"applied": []}


def test_a_failing_migration_fails_the_deployment_and_says_why_without_the_password(
    start: Start, deployment: Deployment, cloudformation: CloudFormation
) -> None:
    elsewhere = deployment.address.replace("/deployed", "/missing")
    function = start("migrate", {**deployment.environment, "GATEWAY_DATABASE_URL": elsewhere})
    function.invoke(cloudformation.request("Update"))
    (answer,) = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert 'database "missing" does not exist' in answer["Reason"]
    assert PASSWORD not in answer["Reason"] + function.log.read_text()


def test_deleting_the_stack_leaves_the_data_alone(
    start: Start, deployment: Deployment, cloudformation: CloudFormation
) -> None:
    function = start("migrate", {**deployment.environment, "GATEWAY_DATABASE_URL": "postgresql://nowhere.invalid/x"})
    function.invoke(cloudformation.request("Delete"))
    assert [answer["Status"] for answer in cloudformation.answers] == ["SUCCESS"]


def test_api_keys_are_made_listed_and_revoked_by_hand(migrate: Function) -> None:
    migrate.invoke({"action": "migrate"})
    made = migrate.invoke({"action": "createKey", "name": "the app"})
    assert made["key"].startswith("wag_")
    assert made["key"] not in migrate.log.read_text()
    listed = migrate.invoke({"action": "listKeys"})
    assert [key["name"] for key in listed if key["id"] == made["id"]] == ["the app"]
    migrate.invoke({"action": "revokeKey", "id": made["id"]})
    (revoked,) = [key for key in migrate.invoke({"action": "listKeys"}) if key["id"] == made["id"]]
    assert revoked["revokedAt"]


def test_an_action_that_does_not_exist_fails_clearly(migrate: Function) -> None:
    actions = (
        "migrate, createKey, listKeys, rotateKey, revokeKey, reshard, listInbox, retryInbox, rereadMessages, diagnose, "
        "settleRestored"
    )
    with pytest.raises(FunctionError, match=f"no such action; there are: {actions}"):
        migrate.invoke({"action": "drop"})


def test_the_database_is_asked_by_names_of_questions(migrate: Function) -> None:
    migrate.invoke({"action": "migrate"})
    tables = migrate.invoke({"action": "diagnose", "question": "tables"})
    assert "whatsapp_sessions" in {row["table"] for row in tables}
    with pytest.raises(FunctionError, match="no such question; there are: sessions, shards, commands"):
        migrate.invoke({"action": "diagnose", "question": "SELECT 1"})
