"""What documents name exists: links, files, make targets, terminal commands, variables; their blocks can be read."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from typer.main import get_command

from gateway.cli import app
from infra.local.python_service import PROJECT
from tests.documents import Block, blocks, documents, prose, read, spans

DOCUMENTS = documents()
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
VARIABLE = re.compile(r"\bGATEWAY_[A-Z_]+[A-Z]\b")
FOLDERS = ("gateway", "functions", "connector", "infra", "tests", "docs")
COMMAND = re.compile(r"^(?:\.venv/bin/)?gateway ((?:[a-z]+(?:-[a-z]+)* ?)+)(.*)$")


def each(found: list[Block]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("block", found, ids=str)


every_document = pytest.mark.parametrize("name", DOCUMENTS)


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_links_lead_somewhere(name: str) -> None:
    for link in LINK.findall(prose(DOCUMENTS[name])):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (PROJECT / name).parent / path if path else PROJECT / name
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


def test_every_page_is_linked_from_the_readme() -> None:
    links = set(LINK.findall(DOCUMENTS["README.md"]))
    pages = {name for name in DOCUMENTS if name.startswith("docs/") and not name.startswith("docs/decisions/")}
    assert pages | {"docs/decisions", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} <= links


@every_document
def test_files_that_are_named_exist(name: str) -> None:
    named = {span for span in spans(DOCUMENTS[name]) if re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./-]*", span)}
    assert [span for span in sorted(named) if not (PROJECT / span).exists()] == []


@every_document
def test_make_targets_that_are_named_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.M))
    code = [*spans(DOCUMENTS[name]), *(line for block in blocks("sh", name) for line in block.code.splitlines())]
    named = {match[1] for text in code if (match := re.match(r"(?:\w+=\S+ )*make ([a-z-]+)", text))}
    assert named <= targets


@every_document
def test_terminal_commands_that_are_named_exist(name: str) -> None:
    program = get_command(app)
    for span in spans(DOCUMENTS[name]):
        if match := COMMAND.match(span):
            assert_known(program, match[1].split(), re.findall(r"(?<![\w-])--?[a-z][a-z-]*", match[2]))


def assert_known(command: object, words: list[str], options: list[str]) -> None:
    """Words are subcommands as long as there are any; the rest are arguments."""
    while words and (subcommands := getattr(command, "commands", None)):
        assert words[0] in subcommands, words
        command = subcommands[words.pop(0)]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}  # type: ignore[attr-defined]
    assert set(options) <= known | {"--help"}


@every_document
def test_variables_that_are_named_are_explained(name: str) -> None:
    assert set(VARIABLE.findall(DOCUMENTS[name])) <= set(VARIABLE.findall(read("docs/configuration.md")))


def test_the_example_of_an_environment_names_variables_that_exist() -> None:
    named = set(re.findall(r"^#?([A-Z_]+)=", read(".env.example"), re.M))
    assert named <= set(re.findall(r"`([A-Z_]+)`", read("docs/configuration.md")))


@each(blocks("sh"))
def test_shell_blocks_can_be_read(block: Block) -> None:
    checked = subprocess.run(["bash", "-n"], input=block.code, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr


@each(blocks("json"))
def test_json_blocks_can_be_read(block: Block) -> None:
    json.loads(block.code)
