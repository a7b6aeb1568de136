"""What the gateway can say is explained: operations, reasons, events, errors, exit codes, the stack's parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import pytest

from gateway.cli.exits import Exit
from gateway.client import errors
from gateway.domain.commands import CommandError
from gateway.domain.events import EventType
from gateway.domain.messages import MessageStatus
from gateway.domain.replies import SkipReason
from gateway.domain.sessions import MOVES, Reason
from gateway.domain.turns import Failure, TurnStatus
from tests.documents import read, section, spans
from tests.unit.aws.deployment import root

API, ASSISTANT = "docs/api.md", "docs/assistant.md"
OPERATION = re.compile(r"^\| `([A-Z]+) (/\S*)` \|", re.M)


def rows(text: str) -> set[str]:
    """What stands as code in the first column of a table."""
    return {code for line in re.findall(r"^\| (.*?) \|", text, re.M) for code in spans(line)}


def test_every_operation_is_in_the_table_and_no_other() -> None:
    paths = json.loads(read("openapi.json"))["paths"]
    operations = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert set(OPERATION.findall(section(API, "## Operations"))) == operations


@pytest.mark.parametrize(
    ("page", "heading", "words"),
    [
        (API, "## Sessions", Reason),
        ("docs/events.md", "## Every type", EventType),
        (API, "### Why a message was not sent", CommandError),
        (ASSISTANT, "## Every decision has a reason", [*SkipReason, *Failure]),
    ],
)
def test_every_word_has_a_row_and_no_other_has(page: str, heading: str, words: Iterable[str]) -> None:
    found = {code for code in rows(section(page, heading)) if re.fullmatch(r"[a-z_.]+", code)}
    assert found >= {str(word) for word in words}
    assert {code for code in found if "." in code or "_" in code} <= {str(word) for word in words}


def test_every_state_of_a_message_and_of_a_turn_is_named() -> None:
    assert all(status in section(API, "## Messages") for status in MessageStatus)
    assert all(f"`{status}`" in section(ASSISTANT, "## Every decision has a reason") for status in TurnStatus)


def test_the_picture_of_the_states_shows_every_move() -> None:
    drawn = set(re.findall(r"^ +(\w+) --> (\w+): ", section(API, "## Sessions"), re.M))
    assert drawn == {(str(source), str(target)) for source, target in MOVES}


def test_every_problem_code_has_its_class() -> None:
    table = re.findall(r"^\| \d+ \| `(\w+)`.*? \| `(\w+)` \|$", section(API, "## Errors"), re.M)
    assert dict(table) == {code: kind.__name__ for code, kind in errors._BY_CODE.items()}


def test_every_exit_code_is_explained() -> None:
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", section(API, "## Terminal"), re.M)} == set(Exit)


def test_every_parameter_of_the_stack_is_named() -> None:
    made_by_deploy = {"Release", "ConnectorImage", "RepositoryArn"}
    page = read("docs/deploy.md")
    assert [
        name for name in root().document["Parameters"] if f"`{name}" not in page and name not in made_by_deploy
    ] == []
