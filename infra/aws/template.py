"""Read templates as data: CloudFormation's YAML, with its loops unrolled and its parameters put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.aws.package import ROOT

_REFERENCE = re.compile(r"[$&]\{([^}!]+)\}")


class _Loader(yaml.CSafeLoader):
    """Read `!Sub x` as `{"Fn::Sub": x}`."""


def _construct(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has no fourth kind
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _construct)


@dataclass(frozen=True, slots=True)
class Template:
    """A template with its loops unrolled for the given parameters, or their defaults."""

    path: Path
    document: dict[str, Any]
    parameters: Mapping[str, Any]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        resources: dict[str, dict[str, Any]] = self.document["Resources"]
        return resources

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the properties of every resource of a type, by logical id."""
        return {name: item.get("Properties", {}) for name, item in self.resources.items() if item["Type"] == kind}

    def value(self, expression: Any) -> Any:  # noqa: ANN401
        """Return an expression with the parameters put in; what only AWS knows stays an expression."""
        if isinstance(expression, list):
            return [self.value(item) for item in expression]
        if not isinstance(expression, dict):
            return expression
        if len(expression) == 1:
            name, argument = next(iter(expression.items()))
            if name == "Ref" and argument in self.parameters:
                return self.parameters[argument]
            if name == "Fn::Sub" and isinstance(argument, str):
                return _REFERENCE.sub(lambda match: str(self.parameters.get(match[1], match[0])), argument)
        return {name: self.value(item) for name, item in expression.items()}


def load(name: str, **given: Any) -> Template:  # noqa: ANN401
    """Read a template by its path below the project; `given` are parameters."""
    path = ROOT / name
    document = yaml.load(path.read_text(), _Loader)  # noqa: S506 - a SafeLoader
    defaults = {key: item["Default"] for key, item in document.get("Parameters", {}).items() if "Default" in item}
    parameters = {**defaults, **given}
    return Template(path, _unroll(document, parameters), parameters)


def _unroll(part: Any, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Replace every `Fn::ForEach` by what it makes."""
    if isinstance(part, list):
        return [_unroll(item, parameters) for item in part]
    if not isinstance(part, dict):
        return part
    unrolled: dict[str, Any] = {}
    for name, item in part.items():
        if name.startswith("Fn::ForEach::"):
            variable, collection, fragment = item
            for value in _collection(collection, parameters):
                unrolled.update(_unroll(_put(fragment, variable, value), parameters))
        else:
            unrolled[name] = _unroll(item, parameters)
    return unrolled


def _collection(expression: Any, parameters: Mapping[str, Any]) -> list[str]:  # noqa: ANN401
    if isinstance(expression, dict):
        return str(parameters[expression["Ref"]]).split(",")
    return [str(item) for item in expression]


def _put(part: Any, variable: str, value: str) -> Any:  # noqa: ANN401
    """Replace the variable of a loop in keys and values."""
    if isinstance(part, list):
        return [_put(item, variable, value) for item in part]
    if isinstance(part, dict):
        return {_put(name, variable, value): _put(item, variable, value) for name, item in part.items()}
    if isinstance(part, str):
        return _REFERENCE.sub(lambda match: value if match[1] == variable else match[0], part)
    return part
