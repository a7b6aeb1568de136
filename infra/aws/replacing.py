"""What ministack's CloudFormation does not know is replaced by nothing that depends on the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# What ministack has no provisioner for, with the attributes that other resources ask for.
REPLACED: dict[str, dict[str, str]] = {
    "AWS::ApiGatewayV2::Deployment": {},
    "AWS::ApiGatewayV2::RouteResponse": {},
    "AWS::ApplicationAutoScaling::ScalableTarget": {},
    "AWS::ApplicationAutoScaling::ScalingPolicy": {},
    "AWS::CloudWatch::Alarm of an expression": {},
    "AWS::EC2::EIP": {"AllocationId": "eipalloc-0"},
    "AWS::EC2::NatGateway": {},
    "AWS::EC2::SecurityGroupEgress": {},
    "AWS::RDS::DBProxy": {"Endpoint": "proxy.invalid"},
    "AWS::RDS::DBProxyTargetGroup": {},
}
_NOTHING = "AWS::CloudFormation::WaitConditionHandle"
_NAMES = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")


def replace_unknown(document: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Return the template with what ministack knows, and what was replaced; each depends on the same as before."""
    resources = document["Resources"]
    replaced = {name: kind for name, resource in resources.items() if (kind := _kind(resource)) in REPLACED}
    attributes = {name: REPLACED[kind] for name, kind in replaced.items()}
    known = {}
    for name, resource in resources.items():
        whole = {"Type": _NOTHING, **_condition_of(resource)} if name in replaced else _put(resource, attributes)
        needed = resources.keys() & set(_references(resource)) - {name}
        known[name] = {**whole, "DependsOn": sorted(needed)}
    others = {key: _put(part, attributes) for key, part in document.items() if key != "Resources"}
    return {**others, "Resources": known}, set(replaced.values())


def _condition_of(resource: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key == "Condition"}


def _kind(resource: dict[str, Any]) -> str:
    computes = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    return f"{resource['Type']} of an expression" if computes else str(resource["Type"])


def _references(part: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield the name of everything that a part of a template refers to."""
    if isinstance(part, list):
        for item in part:
            yield from _references(item)
    if isinstance(part, dict):
        for key, value in part.items():
            if key in {"Ref", "DependsOn"} and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield from value[:1] if isinstance(value[0], str) else ()
            elif key == "Fn::Sub":
                yield from _NAMES.findall(value if isinstance(value, str) else value[0])
            elif key == "DependsOn":
                yield from value
            yield from _references(value)


def _put(part: Any, attributes: dict[str, dict[str, str]]) -> Any:  # noqa: ANN401
    """Replace the attributes of what was replaced by their values, and names in the way of loops by plain ones."""
    if isinstance(part, list):
        return [_put(item, attributes) for item in part]
    if isinstance(part, str):
        for name, values in attributes.items():
            for attribute, value in values.items():
                part = part.replace(f"${{{name}.{attribute}}}", value)
        return part
    if not isinstance(part, dict):
        return part
    match part:
        case {"Fn::GetAtt": [str(name), str(attribute)]} if attribute in attributes.get(name, {}):
            return attributes[name][attribute]
        # A name that a loop made, which is another extension of the language.
        case {"Ref": {"Fn::Sub": str(name)}}:
            return {"Ref": name}
        case {"Fn::GetAtt": [{"Fn::Sub": str(name)}, str(attribute)]}:
            return {"Fn::GetAtt": [name, attribute]}
    return {key: _put(value, attributes) for key, value in part.items()}
