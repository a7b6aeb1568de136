"""Queues, and the functions they feed."""

from __future__ import annotations

import pytest

from tests.unit.aws.deployment import functions, nested, resources, root

QUEUES = dict(resources("AWS::SQS::Queue"))
DEAD_LETTERS = {name: queue for name, queue in QUEUES.items() if name.endswith("DeadLetters")}
TWO_WEEKS = 1_209_600


@pytest.mark.parametrize("name", sorted(QUEUES.keys() - DEAD_LETTERS.keys()))
def test_every_queue_has_dead_letters_of_this_template(name: str) -> None:
    policy = QUEUES[name]["RedrivePolicy"]
    assert f"queues/{policy['deadLetterTargetArn']['Fn::GetAtt'][0]}" in DEAD_LETTERS
    assert policy["maxReceiveCount"] >= 5


@pytest.mark.parametrize("name", DEAD_LETTERS)
def test_dead_letters_are_kept_for_two_weeks_and_an_alarm_tells_of_them(name: str) -> None:
    queue = DEAD_LETTERS[name]
    assert queue["MessageRetentionPeriod"] == TWO_WEEKS
    watched = [
        alarm["Dimensions"][0]["Value"]
        for _, alarm in resources("AWS::CloudWatch::Alarm")
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
    ]
    assert queue["QueueName"] in watched


def test_a_queue_that_feeds_a_function_has_an_alarm_on_its_age_and_the_others_one_on_their_rows() -> None:
    alarms = dict(resources("AWS::CloudWatch::Alarm"))
    assert alarms["monitoring/RepliesQueueAge"]["Dimensions"][0]["Value"] == QUEUES["queues/Replies"]["QueueName"]
    assert alarms["monitoring/WebhooksQueueAge"]["Dimensions"][0]["Value"] == QUEUES["queues/Webhooks"]["QueueName"]
    assert alarms["monitoring/MediaQueueAge"]["Dimensions"][0]["Value"] == QUEUES["queues/Media"]["QueueName"]
    assert alarms["monitoring/OldestCommandSeconds"]["MetricName"] == "OldestCommandSeconds"


@pytest.mark.parametrize("name", QUEUES)
def test_every_queue_is_encrypted_and_answers_tls_only(name: str) -> None:
    assert QUEUES[name]["SqsManagedSseEnabled"] is True
    policies = nested("queues").of_type("AWS::SQS::QueuePolicy")
    logical_id = name.removeprefix("queues/")
    (statement,) = policies[f"{logical_id}Policy"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert logical_id in str(statement["Resource"])


def _mappings() -> list[tuple[str, str]]:
    return [
        (name, event)
        for name, function in functions().items()
        for event, definition in function.properties.get("Events", {}).items()
        if definition["Type"] == "SQS"
    ]


def test_there_is_a_function_fed_by_a_queue() -> None:
    assert _mappings() == [("replies", "Turns"), ("webhooks", "Doorbells"), ("media", "Doorbells"), ("pushes", "Runs")]


@pytest.mark.parametrize(("function", "event"), _mappings())
def test_a_mapping_reports_single_failures_bounds_concurrency_and_leaves_time_to_try(function: str, event: str) -> None:
    properties = functions()[function].properties
    mapping = properties["Events"][event]["Properties"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"]
    assert QUEUES[f"queues/{function.title()}"]["VisibilityTimeout"] >= 6 * properties["Timeout"]


def test_the_shards_offered_are_lists_from_zero() -> None:
    offered = root().document["Parameters"]["Shards"]["AllowedValues"]
    mapping = root().document["Mappings"]["ShardNumbers"]
    assert set(mapping) == set(offered)
    for count, entry in mapping.items():
        assert entry["List"] == ",".join(map(str, range(int(count))))


def test_runs_that_begin_their_successor_are_not_stopped_as_a_loop() -> None:
    """Lambda stops a function after 16 rounds through a queue, unless it is told not to."""
    assert functions()["pushes"].properties["RecursiveLoop"] == "Allow"
