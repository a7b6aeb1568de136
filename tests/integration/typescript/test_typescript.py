"""The TypeScript client is made from openapi.json: its tests pass, the documents' examples compile, mistakes do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.explorer.code_actions import TABS, Sample
from tests.documents import Block, blocks
from tests.npm import run, succeed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

DOCUMENTS = ("README.md", "docs/typescript.md")
GIVEN = """
declare const apiKey: string;
declare const sessionId: string;
declare const lastId: string;
"""
TSC = ("npx", "tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "ES2022", "--module", "preserve")


def compiles(package: Path, code: str) -> bool:
    """Whether TypeScript takes the code as a file of an app that has installed the package."""
    (package / "written.ts").write_text(code + GIVEN)
    return run(package, *TSC, "--types", "node", "written.ts").returncode == 0


def test_its_own_tests_pass(package: Path) -> None:
    succeed(package, "npm", "test")


@pytest.mark.parametrize("block", [block for name in DOCUMENTS for block in blocks("ts", name)], ids=str)
def test_an_example_in_a_document_compiles(package: Path, block: Block) -> None:
    assert compiles(package, block.code)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('text: "The plumber', 'texts: "The plumber'),
        ('"/sessions/{session_id}/messages"', '"/session/{session_id}/messages"'),
        ("event.data.message?.content", "event.data.message?.contents"),
        ('event.type === "message.received"', 'event.type === "message.recieved"'),
    ],
)
def test_a_mistake_does_not_compile(package: Path, right: str, wrong: str) -> None:
    [block] = blocks("ts", "README.md")
    assert right in block.code
    assert compiles(package, block.code)
    assert not compiles(package, block.code.replace(right, wrong))


def test_the_samples_of_the_explorer_compile(package: Path) -> None:
    samples = [action.written("typescript") for _, actions in TABS.values() for action in actions(Sample(user="USER"))]
    given = (
        'import { createGateway, unwrap } from "whatsapp-gateway";\n'
        "declare const gateway: ReturnType<typeof createGateway>;\n"
    )
    functions = [f"export async function f{n}() {{\n{each}\nreturn result;\n}}\n" for n, each in enumerate(samples)]
    assert compiles(package, given + "".join(functions))
