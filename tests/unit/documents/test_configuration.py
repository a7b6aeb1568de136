"""docs/configuration.md says what the settings classes and the rest of the code read."""

from __future__ import annotations

import re

from infra import configuration
from infra.local.python_service import PROJECT

# Given by one part of ours to another, or ministack's own; never by people.
INTERNAL = {"GATEWAY_LOCAL_LOG", "GATEWAY_PORT"}


def test_it_is_up_to_date() -> None:
    assert configuration.TARGET.read_text() == configuration.render(), "run make configuration"


def test_every_variable_that_code_reads_is_there() -> None:
    packages = [PROJECT / name for name in ("gateway", "functions", "connector", "infra")]
    sources = [path.read_text() for package in packages for path in package.rglob("*.py")]
    read = {name for source in sources for name in re.findall(r"\"(GATEWAY_[A-Z_]+)\"", source)}
    explained = set(re.findall(r"`([A-Z_]+)`", configuration.render()))
    assert read - INTERNAL <= explained


def test_every_setting_has_a_row() -> None:
    page = configuration.render()
    for process in configuration.PROCESSES:
        for variable in configuration.variables(process.settings):
            assert f"| `{variable}` |" in page
