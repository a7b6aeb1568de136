"""The templates, read once, and what they say of each function and of the connector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.aws.package import ROOT
from infra.aws.template import Template, load

NESTED = (
    "network",
    "database",
    "storage",
    "queues",
    "migration",
    "functions",
    "websocket",
    "explorer",
    "connector",
    "monitoring",
)
Properties = dict[str, Any]


@cache
def root() -> Template:
    return load("template.yaml")


@cache
def nested(name: str) -> Template:
    return load(f"infra/aws/{name}.yaml", Name="gateway", QueuePrefix="gateway-", Prefix="gateway-")


def all_templates() -> list[Template]:
    alone = [load(f"infra/aws/{name}.yaml") for name in ("registry", "firewall")]
    return [root(), *alone, *(nested(name) for name in NESTED)]


def resources(kind: str) -> Iterator[tuple[str, Properties]]:
    """Yield every resource of a type in any template, as `template/LogicalId` and its properties."""
    for template in all_templates():
        for name, properties in template.of_type(kind).items():
            yield f"{template.path.stem}/{name}", template.value(properties)


@dataclass(frozen=True, slots=True)
class Process:
    """A function or the connector; `variables` are those of its environment, by name."""

    name: str
    variables: dict[str, Any]
    role: Properties
    properties: Properties


def functions() -> dict[str, Process]:
    """Return the functions by the name of their package below functions/."""
    found = {}
    for template in (nested("functions"), nested("websocket"), nested("explorer"), nested("migration")):
        shared = template.document.get("Globals", {}).get("Function", {})
        for properties in template.of_type("AWS::Serverless::Function").values():
            whole = {**shared, **properties}
            variables = {**_variables(shared), **_variables(properties)}
            name = whole["Handler"].split(".")[1]
            role = template.resources[whole["Role"]["Fn::GetAtt"][0]]["Properties"]
            found[name] = Process(name, variables, role, whole)
    return found


def connector() -> Process:
    template = nested("connector")
    task = template.of_type("AWS::ECS::TaskDefinition")["Task"]
    container = task["ContainerDefinitions"][0]
    entries = [branch for entry in container["Environment"] for branch in alternatives(entry)]
    variables = {entry["Name"]: entry["Value"] for entry in entries if "Name" in entry}
    return Process("connector", variables, template.resources["TaskRole"]["Properties"], {**task, **container})


def alternatives(expression: Any) -> list[Any]:
    """Return what an `!If` can become, or the expression itself."""
    if isinstance(expression, dict) and "Fn::If" in expression:
        return [leaf for branch in expression["Fn::If"][1:] for leaf in alternatives(branch)]
    return [expression]


def statements(role: Properties) -> list[Properties]:
    return [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _variables(properties: Properties) -> dict[str, Any]:
    variables: dict[str, Any] = properties.get("Environment", {}).get("Variables", {})
    return variables


def text(path: str) -> str:
    return (ROOT / path).read_text()
