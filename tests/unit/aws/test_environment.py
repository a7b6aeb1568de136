"""Each variable a process reads is set where it must be, and each that is set is read."""

from __future__ import annotations

import re

import pytest
from pydantic_settings import BaseSettings

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
from tests.unit.aws.deployment import Process, connector, functions

SETTINGS: dict[str, type[BaseSettings]] = {
    "api": ApiSettings,
    "replies": RepliesSettings,
    "webhooks": WebhooksSettings,
    "media": MediaSettings,
    "sweeper": SweeperSettings,
    "explorer": ExplorerSettings,
    "migrate": DeploymentSettings,
    "connector": ConnectorSettings,
    "websocket": WebSocketSettings,
    "pushes": PushesSettings,
}
# Read by libraries, and by gateway.telemetry.
LIBRARIES = {"GATEWAY_RELEASE", "POWERTOOLS_SERVICE_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"}
PROCESSES = {**functions(), "connector": connector()}


def test_every_process_has_settings() -> None:
    assert PROCESSES.keys() == SETTINGS.keys()


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES.keys())
def test_what_is_set_is_read(process: Process) -> None:
    read = {f"GATEWAY_{field}".upper() for field in SETTINGS[process.name].model_fields}
    assert process.variables.keys() - LIBRARIES <= read


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES.keys())
def test_what_must_be_set_is_set(process: Process) -> None:
    fields = SETTINGS[process.name].model_fields
    required = {f"GATEWAY_{name}".upper() for name, field in fields.items() if field.is_required()}
    # All that is required is secret; the variable itself stands beside it where the secret holds a login alone.
    assert {f"{name}_SECRET" for name in required} <= process.variables.keys()


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES.keys())
def test_queues_are_named_alike_everywhere(process: Process) -> None:
    if "queue_prefix" in SETTINGS[process.name].model_fields:
        assert process.variables["GATEWAY_QUEUE_PREFIX"] == {"Ref": "QueuePrefix"}
        assert process.variables["GATEWAY_SHARDS"] == {"Ref": "Shards"}


def test_a_turn_is_not_taken_again_while_the_function_may_still_run() -> None:
    assert RepliesSettings.model_fields["claim_seconds"].default > PROCESSES["replies"].properties["Timeout"]


def test_a_file_is_not_taken_again_while_the_function_may_still_run() -> None:
    fields = MediaSettings.model_fields
    timeout = PROCESSES["media"].properties["Timeout"]
    assert fields["media_claim_seconds"].default > timeout > fields["media_fetch_seconds"].default


def test_an_api_request_ends_before_api_gateway_gives_up() -> None:
    wait = ApiSettings.model_fields["send_wait_seconds"].default
    assert wait < PROCESSES["api"].properties["Timeout"] < 30


def test_the_connector_drains_before_ecs_kills_it() -> None:
    container = PROCESSES["connector"].properties
    drain = ConnectorSettings.model_fields["drain_seconds"].default
    # The supervisor gives each worker twice its drain time and ten seconds.
    assert 2 * drain + 10 < container["StopTimeout"] <= 120


@pytest.mark.parametrize("process", functions().values(), ids=functions().keys())
def test_every_function_is_python_3_13_on_arm_and_traced(process: Process) -> None:
    assert process.properties["Runtime"] == "python3.13"
    assert process.properties["Architectures"] == ["arm64"]
    assert process.properties["Tracing"] == "Active"
    assert re.fullmatch(r"functions\.\w+\.handler\.handler", process.properties["Handler"])
