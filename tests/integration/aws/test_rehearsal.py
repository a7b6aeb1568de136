"""The templates are deployed, over HTTP, to what knows most of CloudFormation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from infra.aws.rehearse import SECONDS, SHAPES, Rehearsal, RehearsalFailed
from infra.aws.replacing import REPLACED, replace_unknown
from tests.stack import Stack
from tests.unit.aws.deployment import functions

# Three waits for CloudFormation, each as long as a rehearsal waits.
pytestmark = pytest.mark.timeout(3 * SECONDS)


@pytest.fixture(scope="module")
def rehearsal(stack: Stack) -> Rehearsal:
    return Rehearsal(stack.ministack.endpoint)


@pytest.fixture(autouse=True)
def deleted(rehearsal: Rehearsal) -> Iterator[None]:
    yield
    rehearsal.delete()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stack_of_each_shape_is_made_and_deleted(rehearsal: Rehearsal, shape: str) -> None:
    rehearsal.deploy(shape)
    made = Counter(rehearsal.resources())
    assert made["AWS::Lambda::Function"] == len(functions())
    assert made["AWS::ECS::Service"] == 1
    assert made["AWS::RDS::DBInstance"] == (shape in ("all-made", "names-of-yours"))
    assert made["AWS::ApiGatewayV2::DomainName"] == 2 * (shape == "names-of-yours")
    assert made["AWS::CloudFront::Distribution"] == (shape == "names-of-yours")
    assert made["AWS::EC2::VPC"] == (shape != "all-given")
    rehearsal.delete()
    assert rehearsal.resources() == []


def test_only_what_is_said_is_replaced(rehearsal: Rehearsal) -> None:
    """One that ministack knows by now is deployed, too, when it is taken from the list."""
    assert rehearsal.replaced == REPLACED.keys()


def test_what_is_replaced_depends_on_the_same_as_before() -> None:
    """So that a circle of dependencies is found."""
    address = {"Type": "AWS::EC2::EIP", "DependsOn": "Topic", "Properties": {}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "${Address.AllocationId}-topic"}}}
    known, kinds = replace_unknown({"Resources": {"Address": address, "Topic": topic}})
    assert kinds == {"AWS::EC2::EIP"}
    assert known["Resources"] == {
        "Address": {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": ["Topic"]},
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Fn::Sub": "eipalloc-0-topic"}},
            "DependsOn": ["Address"],
        },
    }


def test_the_migration_of_a_release_is_waited_for(rehearsal: Rehearsal) -> None:
    rehearsal.exchange()


def test_a_migration_that_fails_undoes_the_deployment(stack: Stack) -> None:
    with pytest.raises(RehearsalFailed, match="as it was told"):
        Rehearsal(stack.ministack.endpoint, status="FAILED").deploy("database-elsewhere")
