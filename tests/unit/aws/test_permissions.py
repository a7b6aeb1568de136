"""Who may do what: every right is named, and none is given twice."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.aws.encryption import ModelKeys, WebhookSecrets
from tests.unit.aws.deployment import as_list, connector, functions, nested, resources, statements

# Actions for which AWS knows no resource.
WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken"}
ROLES = dict(resources("AWS::IAM::Role"))


@pytest.mark.parametrize("name", ROLES)
def test_every_statement_names_actions_and_resources(name: str) -> None:
    for statement in statements(ROLES[name]):
        actions = as_list(statement["Action"])
        assert not [action for action in actions if "*" in action]
        if "*" in as_list(statement["Resource"]):
            assert set(actions) <= WITHOUT_RESOURCE


@pytest.mark.parametrize("name", ROLES)
def test_managed_policies_are_only_those_that_lambda_itself_needs(name: str) -> None:
    allowed = {"service-role/AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess"}
    managed = str(ROLES[name].get("ManagedPolicyArns", []))
    used = [part.split("'")[0].removeprefix("policy/") for part in managed.split("::aws:")[1:]]
    assert set(used) <= allowed


@pytest.mark.parametrize("name", ROLES)
def test_a_service_takes_a_role_for_this_account_only(name: str) -> None:
    (statement,) = ROLES[name]["AssumeRolePolicyDocument"]["Statement"]
    if statement["Principal"]["Service"] != "lambda.amazonaws.com":
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def _rights(role: dict[str, Any], service: str) -> dict[str, str]:
    """Resources by action."""
    return {
        action: str(statement["Resource"])
        for statement in statements(role)
        for action in as_list(statement["Action"])
        if action.startswith(f"{service}:")
    }


def test_who_uses_a_secret_may_decrypt_those_of_its_purpose_and_only_the_api_may_encrypt() -> None:
    rights = {name: _on(_rights(function.role, "kms"), "ModelKeysKeyArn") for name, function in functions().items()}
    assert {name: found for name, found in rights.items() if found} == {
        "api": {"kms:Encrypt"},
        "replies": {"kms:Decrypt"},
        "webhooks": {"kms:Decrypt"},
    }
    purposes = {name: _purposes(function.role) for name, function in functions().items()}
    assert {name: found for name, found in purposes.items() if found} == {
        "api": [ModelKeys.purpose, WebhookSecrets.purpose],
        "replies": [ModelKeys.purpose],
        "webhooks": [WebhookSecrets.purpose],
    }
    assert not _rights(connector().role, "kms")


def _on(rights: dict[str, str], resource: str) -> set[str]:
    return {action for action, resources in rights.items() if resource in resources}


def test_who_stores_files_may_encrypt_them_who_shows_them_may_read_and_the_sweeper_only_deletes() -> None:
    files = {name: set(_rights(function.role, "s3")) for name, function in functions().items()}
    assert {name: found for name, found in files.items() if found} == {
        "api": {"s3:GetObject"},
        "media": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket"},
        "sweeper": {"s3:DeleteObject"},
    }
    rights = {name: _on(_rights(function.role, "kms"), "MediaKeyArn") for name, function in functions().items()}
    assert {name: found for name, found in rights.items() if found} == {
        "api": {"kms:Decrypt"},
        "media": {"kms:GenerateDataKey", "kms:Decrypt"},
    }


def _purposes(role: dict[str, Any]) -> list[str]:
    return [
        purpose
        for statement in statements(role)
        if "ModelKeysKeyArn" in str(statement["Resource"])
        for purpose in as_list(statement["Condition"]["StringEquals"]["kms:EncryptionContext:purpose"])
    ]


def test_each_process_reads_the_login_of_its_own_role_only() -> None:
    logins = {name: _rights(function.role, "secretsmanager") for name, function in functions().items()}
    readers = {name: rights.get("secretsmanager:GetSecretValue", "") for name, rights in logins.items()}
    assert "FunctionsSecretArn" in readers["api"]
    assert [name for name, reads in readers.items() if "TokenKeys" in reads] == ["api", "websocket"]
    assert "RepliesSecretArn" in readers["replies"]
    assert "SweeperSecretArn" in readers["sweeper"]
    assert "WebhooksSecretArn" in readers["webhooks"]
    assert "MediaSecretArn" in readers["media"]
    assert "AdminSecretArn" in readers["migrate"]
    assert all("AdminSecretArn" not in readers[name] for name in readers.keys() - {"migrate"})
    own = _rights(connector().role, "secretsmanager")["secretsmanager:GetSecretValue"]
    assert "ConnectorSecretArn" in own
    assert "WhatsmeowSecretArn" in own
    assert "Admin" not in own


def test_only_the_connector_takes_commands_and_nobody_deletes_queues() -> None:
    receivers = [
        name for name, function in functions().items() if "sqs:ReceiveMessage" in _rights(function.role, "sqs")
    ]
    assert receivers == ["replies", "webhooks", "media", "pushes"]
    assert "MediaQueueArn" in _rights(functions()["media"].role, "sqs")["sqs:ReceiveMessage"]
    assert "WebhooksQueueArn" in _rights(functions()["webhooks"].role, "sqs")["sqs:ReceiveMessage"]
    assert "RepliesQueueArn" in _rights(functions()["replies"].role, "sqs")["sqs:ReceiveMessage"]
    assert "PushesQueueArn" in _rights(functions()["pushes"].role, "sqs")["sqs:ReceiveMessage"]
    assert "commands-" in _rights(connector().role, "sqs")["sqs:ReceiveMessage"]


def test_only_pushes_may_write_to_connections() -> None:
    rights = {name: _rights(function.role, "execute-api") for name, function in functions().items()}
    assert [name for name, found in rights.items() if found] == ["pushes"]
    assert "/@connections/*" in rights["pushes"]["execute-api:ManageConnections"]


@pytest.mark.parametrize("name", ["ModelKeysKey", "MediaKey"])
def test_a_key_leaves_all_rights_to_the_roles(name: str) -> None:
    key = nested("storage").of_type("AWS::KMS::Key")[name]
    (statement,) = key["KeyPolicy"]["Statement"]
    assert statement["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    assert key["EnableKeyRotation"] is True
