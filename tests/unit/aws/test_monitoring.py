"""Alarms, dashboards, the code that feeds them, and the runbook say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from gateway.metrics import Metric
from gateway.telemetry import NAMESPACE
from infra.aws.package import ROOT
from tests.unit.aws.deployment import nested, resources, text

ALARMS = dict(resources("AWS::CloudWatch::Alarm"))
ENTRY = re.compile(r"^### `([a-z-]+)`\n(.*?)(?=^##|\Z)", re.M | re.S)


def _shown() -> Iterator[list[Any]]:
    for dashboard in nested("monitoring").of_type("AWS::CloudWatch::Dashboard").values():
        for widget in dashboard["DashboardBody"]["Fn::ToJsonString"]["widgets"]:
            yield from widget["properties"]["metrics"]


def _metrics_of_alarms() -> Iterator[dict[str, Any]]:
    for alarm in ALARMS.values():
        if "MetricName" in alarm:
            yield alarm
        yield from (part["MetricStat"]["Metric"] for part in alarm.get("Metrics", []) if "MetricStat" in part)


def _watched() -> Iterator[str]:
    for metric in _metrics_of_alarms():
        if metric["Namespace"] == NAMESPACE:
            yield metric["MetricName"]
    for _, policy in resources("AWS::ApplicationAutoScaling::ScalingPolicy"):
        yield policy["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]["MetricName"]


@cache
def _sources() -> list[str]:
    """All code, without the table of units, which emits nothing."""
    packages = [ROOT / "gateway", ROOT / "functions", ROOT / "connector"]
    texts = [path.read_text() for package in packages for path in package.rglob("*.py")]
    return [re.sub(r"^_UNITS = \{.*?^\}", "", source, flags=re.M | re.S) for source in texts]


def test_every_metric_is_shown_and_every_one_shown_exists() -> None:
    shown = {metric[1] for metric in _shown() if metric[0] == NAMESPACE}
    assert shown == {metric.value for metric in Metric}


def test_every_metric_that_is_watched_exists() -> None:
    assert set(_watched()) <= {metric.value for metric in Metric}


@pytest.mark.parametrize("metric", Metric)
def test_every_metric_is_emitted(metric: Metric) -> None:
    assert any(re.search(rf"\bMetric\.{metric.name}\b", source) for source in _sources())


def test_no_metric_is_emitted_past_the_vocabulary() -> None:
    assert sum("add_metric(" in source for source in _sources()) == 1


def test_our_metrics_are_read_by_service() -> None:
    for _, _, dimension, value, *_ in (metric for metric in _shown() if metric[0] == NAMESPACE):
        assert (dimension, value) == ("service", {"Ref": "Name"})
    for metric in _metrics_of_alarms():
        if metric["Namespace"] == NAMESPACE:
            assert [dimension["Name"] for dimension in metric["Dimensions"]] == ["service"]


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_tells_somebody_and_says_what_silence_means(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Alerts"}]
    assert alarm["TreatMissingData"] in ("breaching", "notBreaching")


def _entry_of(alarm: dict[str, Any]) -> str:
    description = alarm["AlarmDescription"]
    sentence = description if isinstance(description, str) else description["Fn::Sub"]
    return str(sentence.rpartition("Runbook - ")[2])


def test_every_alarm_has_an_entry_in_the_runbook_and_no_entry_is_left_over() -> None:
    entries = {name for name, _ in ENTRY.findall(text("docs/operate.md"))}
    assert entries == {_entry_of(alarm) for alarm in ALARMS.values()}


@pytest.mark.parametrize(("name", "body"), ENTRY.findall(text("docs/operate.md")))
def test_an_entry_says_what_it_means_what_to_look_at_and_what_to_do(name: str, body: str) -> None:
    assert re.findall(r"^\*\*(.*?)\*\*", body, re.M) == ["Means.", "Look at.", "Do."]


def test_dashboards_are_json_that_cloudwatch_takes() -> None:
    for dashboard in nested("monitoring").of_type("AWS::CloudWatch::Dashboard").values():
        body = dashboard["DashboardBody"]["Fn::ToJsonString"]
        assert json.loads(json.dumps(body))["widgets"]
        places = [(widget["x"], widget["y"]) for widget in body["widgets"]]
        assert len(places) == len(set(places))
