"""Encryption, TLS, retention, and what a deployment must not destroy."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from infra.aws.package import ROOT
from tests.unit.aws.deployment import Properties, all_templates, connector, functions, nested, resources

LOG_GROUPS = dict(resources("AWS::Logs::LogGroup"))


@pytest.mark.parametrize("name", LOG_GROUPS)
def test_every_log_group_forgets(name: str) -> None:
    assert LOG_GROUPS[name]["RetentionInDays"]


def test_every_process_logs_to_a_group_of_ours() -> None:
    for function in functions().values():
        assert function.properties["LoggingConfig"]["LogGroup"]["Ref"].endswith("Logs")
    options = connector().properties["LogConfiguration"]["Options"]
    assert options["awslogs-group"] == {"Ref": "Logs"}
    (api,) = nested("functions").of_type("AWS::Serverless::HttpApi").values()
    assert api["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": ["AccessLogs", "Arn"]}


def test_the_access_log_names_neither_paths_nor_callers() -> None:
    (api,) = nested("functions").of_type("AWS::Serverless::HttpApi").values()
    for forbidden in ("path", "sourceIp", "userAgent", "routeKey"):
        assert forbidden not in api["AccessLogSettings"]["Format"]


def test_the_database_is_encrypted_private_backed_up_and_speaks_tls_only() -> None:
    instance = nested("database").resources["Instance"]
    properties: Properties = instance["Properties"]
    assert properties["StorageEncrypted"] is True
    assert properties["PubliclyAccessible"] is False
    assert properties["DeletionProtection"] is True
    assert instance["DeletionPolicy"] == instance["UpdateReplacePolicy"] == "Snapshot"
    assert nested("database").of_type("AWS::RDS::DBParameterGroup")["Parameters"]["Parameters"]["rds.force_ssl"] == "1"
    assert nested("database").of_type("AWS::RDS::DBProxy")["Proxy"]["RequireTLS"] is True


def test_every_database_url_that_is_made_checks_the_server() -> None:
    urls = {key: value for key, value in nested("database").document["Outputs"].items() if key.endswith("Url")}
    assert len(urls) == 4
    for output in urls.values():
        assert "sslmode=verify-full&sslrootcert=" in output["Value"]["Fn::Sub"]
        assert "@" not in output["Value"]["Fn::Sub"]


def test_the_certificates_of_the_database_are_roots_that_last() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        certificates = x509.load_pem_x509_certificates((ROOT / "infra/aws/database-ca.pem").read_bytes())
    names = [certificate.subject.rfc4514_string() for certificate in certificates]
    assert any("us-east-1" in name for name in names)
    assert any("Amazon Root CA 1" in name for name in names)
    for certificate in certificates:
        assert certificate.subject == certificate.issuer
        assert certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=365)


def test_the_bucket_is_private_encrypted_by_its_key_and_forgets_what_was_broken_off() -> None:
    (bucket,) = nested("storage").of_type("AWS::S3::Bucket").values()
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {"Fn::GetAtt": ["MediaKey", "Arn"]}
    # Files of messages are deleted by the sweeper, which knows of their rows.
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] and "ExpirationInDays" not in rule
    (policy,) = nested("storage").of_type("AWS::S3::BucketPolicy").values()
    assert policy["PolicyDocument"]["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_what_holds_data_outlives_its_stack() -> None:
    keeping = {"AWS::KMS::Key": "Retain", "AWS::S3::Bucket": "Retain", "AWS::RDS::DBInstance": "Snapshot"}
    kept = [
        (item["Type"], item["DeletionPolicy"])
        for template in all_templates()
        for item in template.resources.values()
        if item["Type"] in keeping
    ]
    assert sorted(set(kept)) == sorted(keeping.items())


def test_no_secret_is_in_a_template_or_an_environment() -> None:
    for process in (*functions().values(), connector()):
        for name, value in process.variables.items():
            assert "resolve:" not in str(value)
            assert not (name.endswith("_PASSWORD") or name.endswith("_KEY"))
