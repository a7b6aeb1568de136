"""The TypeScript client is made from openapi.json; its example and the README's compile."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.python_service import PROJECT
from tests.documents import Block, blocks

OFFLINE = re.compile("ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of docs/typescript beside openapi.json, installed and generated."""
    if shutil.which("npm") is None:
        pytest.skip("Node is not installed")
    root = tmp_path_factory.mktemp("typescript")
    shutil.copy(PROJECT / "openapi.json", root)
    package = root / "docs" / "typescript"
    shutil.copytree(PROJECT / "docs" / "typescript", package, ignore=shutil.ignore_patterns("node_modules"))
    installed = npm(package, "ci")
    if installed.returncode and OFFLINE.search(installed.stderr):
        pytest.skip("the npm registry cannot be reached")
    assert installed.returncode == 0, installed.stderr
    generated = npm(package, "run", "generate")
    assert generated.returncode == 0, generated.stderr
    yield package
    shutil.rmtree(root)


def npm(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["npm", *arguments], cwd=directory, capture_output=True, text=True, timeout=100, check=False)


def test_the_example_compiles(package: Path) -> None:
    checked = npm(package, "run", "check")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("body: { to, text }", "body: { to, texts: text }"),
        ("status?.qrCode", "status?.qr"),
        ('"/sessions"', '"/session"'),
    ],
)
def test_a_mistake_does_not_compile(package: Path, right: str, wrong: str) -> None:
    example = package / "example.ts"
    source = example.read_text()
    assert right in source
    example.write_text(source.replace(right, wrong))
    try:
        assert npm(package, "run", "check").returncode != 0
    finally:
        example.write_text(source)


@pytest.mark.parametrize("block", blocks("ts"), ids=str)
def test_an_example_in_a_document_compiles(package: Path, block: Block) -> None:
    example = package / "example.ts"
    source = example.read_text()
    given = "declare const apiKey: string;\ndeclare const sessionId: string;\n"
    example.write_text(block.code + given)
    try:
        checked = npm(package, "run", "check")
        assert checked.returncode == 0, checked.stdout
    finally:
        example.write_text(source)
