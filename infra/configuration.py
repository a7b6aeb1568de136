"""`python -m infra.configuration`: writes docs/configuration.md from the settings classes."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import annotated_types
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

import infra
from functions.explorer.settings import ExplorerSettings
from gateway.media_function_settings import MediaSettings
from gateway.sender_settings import WebhooksSettings
from gateway.settings import (
    ApiSettings,
    ConnectorSettings,
    DeploymentSettings,
    PushesSettings,
    RepliesSettings,
    WebSocketSettings,
)
from gateway.sweeper_settings import SweeperSettings
from infra.local.settings import UpSettings

TARGET = Path(infra.__file__).parents[1] / "docs" / "configuration.md"

_INTRODUCTION = """# Configuration

Everything is configured by environment variables. Each process reads its own once, when it starts, and does not start
when one is missing or out of its bounds. On AWS the stack sets them from its parameters ([deploy.md](deploy.md)); on
one machine `make up` does. **This page is generated** from the settings classes by `make configuration`; a test fails
when it is out of date.

A variable that ends in `_SECRET` takes the ARN of a secret in AWS Secrets Manager. The secret holds the value of the
variable without that ending, or, for a database URL, only the login that is missing in it. Names say the unit of
durations. Lists are separated by commas.
"""

_OTHERS = """## Variables without a settings class

| Variable | Read by | What it does |
| --- | --- | --- |
| `GATEWAY_API_URL` | client library, terminal commands | Where the API is; `http://127.0.0.1:3001` where it is not set. The terminal commands also find this and the next ones in `.local/gateway.env`, which `make up` writes. |
| `GATEWAY_API_KEY` | client library, terminal commands | The API key. The terminal commands also read `.local/api-key`. |
| `GATEWAY_WEBHOOK_SECRET` | client library | The secret by which `Webhooks.verify` checks what it is given. |
| `GATEWAY_EXPLORER_URL` | `gateway link` | Where the Explorer is, which shows QR codes, too. |
| `GATEWAY_CONNECTOR_URL` | `gateway doctor` | The connector's health endpoint. |
| `GATEWAY_DATABASE_URL` | `gateway migrate`, `gateway keys`, `gateway inbox`, `gateway doctor` | A direct connection of the role that owns the schema. |
| `GATEWAY_RELEASE` | functions, connector | The release, written into each log line. |
| `POWERTOOLS_SERVICE_NAME` | functions, connector | The name of the deployment in logs and metrics; `whatsapp-gateway` where it is not set. |
| `POWERTOOLS_LOG_LEVEL` | functions, connector | `DEBUG`, `INFO`, `WARNING` or `ERROR`. |
| `NEONIZE_BOT_TAG` | connector | Set to `off`: otherwise the library marks each message as one of a bot. |
| `AWS_REGION`, `AWS_ENDPOINT_URL`, … | functions, connector | boto3's own. |
"""  # noqa: E501 - rows of a table


@dataclass(frozen=True, slots=True)
class Process:
    """A process as an operator knows it; `settings` is what it reads."""

    name: str
    text: str
    settings: type[BaseSettings]


PROCESSES = (
    Process("API", "The function `functions/api`, or its server in `make up`.", ApiSettings),
    Process("Connector", "The container: `python -m connector`, its workers and pairing processes.", ConnectorSettings),
    Process("Replies", "The function `functions/replies`, which runs the assistant's turns.", RepliesSettings),
    Process("Webhooks", "The function `functions/webhooks`, which sends events to webhooks.", WebhooksSettings),
    Process("Media", "The function `functions/media`, which works on the files of messages.", MediaSettings),
    Process("WebSocket", "The function `functions/websocket`, behind the WebSocket API.", WebSocketSettings),
    Process("Pushes", "The function `functions/pushes`, which pushes events to WebSockets.", PushesSettings),
    Process("Sweeper", "The function `functions/sweeper`, which runs every minute.", SweeperSettings),
    Process(
        "Migrate",
        "The function `functions/migrate`. `gateway migrate`, `gateway keys` and `gateway inbox` read the same "
        "variables, except `GATEWAY_LOGIN_SECRETS`.",
        DeploymentSettings,
    ),
    Process("Explorer", "The function `functions/explorer`.", ExplorerSettings),
    Process("`make up`", "Given in the environment, or as `make up API_PORT=3101`.", UpSettings),
)


def render() -> str:
    """The page as Markdown."""
    return "\n".join([_INTRODUCTION, *(_section(process) for process in PROCESSES), _OTHERS])


def variables(settings: type[BaseSettings]) -> dict[str, FieldInfo]:
    """The fields of a settings class by the variable they are read from."""
    prefix = settings.model_config.get("env_prefix", "")
    return {f"{prefix}{name}".upper(): field for name, field in settings.model_fields.items()}


def _section(process: Process) -> str:
    rows = [_row(variable, field) for variable, field in variables(process.settings).items()]
    head = ["| Variable | Type | Default | What it does |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {process.name}", "", process.text, "", *head, *rows, ""])


def _row(variable: str, field: FieldInfo) -> str:
    description = " ".join((field.description or "").split()).replace("|", "\\|")
    return f"| `{variable}` | {_type(field)} | {_default(field)} | {description} |"


def _type(field: FieldInfo) -> str:
    bounds = ", ".join(_bounds(field))
    return f"{_name(field.annotation)}, {bounds}" if bounds else _name(field.annotation)


def _name(annotation: Any) -> str:  # noqa: ANN401 - any type of a field
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _name(arguments[0])
    if origin in (types.UnionType, typing.Union):
        return _name(next(argument for argument in arguments if argument is not type(None)))
    if origin is Literal:
        return " or ".join(f"`{argument}`" for argument in arguments)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    names = {str: "text", SecretStr: "secret text", int: "whole number", float: "number", bool: "`true` or `false`"}
    return {list: "list", Path: "path"}.get(origin or annotation) or names[annotation]


def _bounds(field: FieldInfo) -> Iterator[str]:
    for bound in field.metadata:
        match bound:
            case annotated_types.Ge(ge):
                yield f"at least {ge}"
            case annotated_types.Gt(gt):
                yield f"more than {gt}"
            case annotated_types.Le(le):
                yield f"at most {le}"
            case annotated_types.Lt(lt):
                yield f"less than {lt}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    match value:
        case None | "" | []:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case float():
            return f"`{value:g}`"
        case list():
            return f"`{','.join(value)}`"
    return f"`{value}`"


def main() -> None:
    TARGET.write_text(render())


if __name__ == "__main__":
    main()
