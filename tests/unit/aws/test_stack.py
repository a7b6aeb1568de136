"""The nested stacks fit together, and deploy in an order that is safe."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest

from gateway.settings import ConnectorSettings
from infra.aws.package import CONNECTOR, GROUPS
from tests.unit.aws.deployment import NESTED, connector, functions, nested, root, text

APPLICATIONS = root().of_type("AWS::Serverless::Application")
BY_NAME = {item["Location"].removeprefix("infra/aws/").removesuffix(".yaml"): item for item in APPLICATIONS.values()}


def test_every_template_is_part_of_the_stack() -> None:
    assert BY_NAME.keys() == set(NESTED)


@pytest.mark.parametrize("name", NESTED)
def test_a_nested_stack_gets_the_parameters_it_has_and_those_it_needs(name: str) -> None:
    given = BY_NAME[name].get("Parameters", {}).keys()
    known = nested(name).document.get("Parameters", {})
    assert given <= known.keys()
    assert {key for key, item in known.items() if "Default" not in item} <= given


def test_every_parameter_of_the_stack_is_used() -> None:
    used = set(_references(root().document["Resources"])) | set(_references(root().document["Conditions"]))
    assert root().document["Parameters"].keys() == used & root().document["Parameters"].keys()


def test_outputs_that_are_referred_to_exist() -> None:
    references = re.findall(r"!GetAtt (\w+)\.Outputs\.(\w+)", text("template.yaml"))
    assert references
    for application, output in references:
        template = APPLICATIONS[application]["Location"].removeprefix("infra/aws/").removesuffix(".yaml")
        assert output in nested(template).document["Outputs"]


@pytest.mark.parametrize("application", ["Functions", "Connector"])
def test_nothing_runs_before_the_migration_and_its_failure_stops_the_deployment(application: str) -> None:
    assert root().resources[application]["DependsOn"] == "Migration"
    (resource,) = nested("migration").of_type("AWS::CloudFormation::CustomResource").values()
    assert resource["Release"] == {"Ref": "Release"}
    timeout = functions()["migrate"].properties["Timeout"]
    assert timeout < resource["ServiceTimeout"]


@pytest.mark.parametrize("name", functions())
def test_a_function_has_a_package_a_build_target_and_a_handler(name: str) -> None:
    assert name in GROUPS
    assert name.capitalize() in re.findall(r"^FUNCTIONS := (.*)$", text("Makefile"), re.M)[0].split()
    if importlib.util.find_spec(f"functions.{name}") is not None:
        assert importlib.util.find_spec(functions()[name].properties["Handler"].removesuffix(".handler")) is not None


def test_what_is_packaged_is_deployed() -> None:
    assert GROUPS.keys() == {*functions(), CONNECTOR}


def test_a_deployment_of_the_connector_replaces_tasks_side_by_side_or_not_at_all() -> None:
    (service,) = nested("connector").of_type("AWS::ECS::Service").values()
    assert service["DeploymentConfiguration"] == {
        "MinimumHealthyPercent": 100,
        "MaximumPercent": 200,
        "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
    }
    assert "DesiredCount" not in service


def test_the_task_is_small_read_only_and_watched() -> None:
    task = connector().properties
    assert task["RuntimePlatform"]["CpuArchitecture"] == "ARM64"
    # With a shell for operators it is not: the agent of ECS Exec writes.
    assert task["ReadonlyRootFilesystem"] == {"Fn::If": ["Shell", False, True]}
    assert root().parameters["ConnectorShell"] == "false"
    assert task["StopTimeout"] == 120
    assert task["HealthCheck"]["Command"] == ["CMD", "python3", "-m", "connector.supervisor.probe"]


def test_the_one_thing_that_the_connector_writes_is_its_spool() -> None:
    directory = ConnectorSettings.model_fields["spool_directory"].default
    [mount] = connector().properties["MountPoints"]
    assert mount == {"SourceVolume": "spool", "ContainerPath": str(directory), "ReadOnly": False}
    assert f"VOLUME {directory}\n" in text("Dockerfile")
    assert f"-m 0700 {directory}\n" in text("Dockerfile")


def test_the_image_and_the_task_check_health_alike() -> None:
    check = re.findall(r"^HEALTHCHECK .* CMD \[(.*)\]$", text("Dockerfile"), re.M)
    words = [word.strip(' "') for word in check[0].split(",")]
    assert ["CMD", *words] == connector().properties["HealthCheck"]["Command"]


def _references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [name for item in part for name in _references(item)]
    if not isinstance(part, dict):
        return []
    own = [part["Ref"]] if isinstance(part.get("Ref"), str) else []
    return own + [name for item in part.values() for name in _references(item)]
