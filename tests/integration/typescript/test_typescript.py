"""The TypeScript client is made from openapi.json; its example works, and the README's compiles."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.explorer.code_actions import TABS, Sample
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


FOLLOW = """
import { follow, gateway } from "./built/example.js";
for await (const message of follow(gateway(process.argv[2], "wag_x"), "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10")) {
  console.log(message.content);
  if (message.content === "second") process.exit();
}
"""


class Failing(BaseHTTPRequestHandler):
    """An API of which every other request fails, each time in another way."""

    failures: ClassVar[Iterator[int]]
    asked: ClassVar[list[str]]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        failure = next(self.failures)
        if failure == 0:
            self.close_connection = True
        elif failure == 200:
            self.answer(200, self.document())
        else:
            self.answer(failure, {"detail": "no"})

    def document(self) -> dict[str, object]:
        where = urlsplit(self.path)
        if not where.path.endswith("/events"):
            return {"content": {"a": "first", "b": "second"}[where.path[-1]]}
        after = int(parse_qs(where.query)["after"][0])
        types = [(1, "chat.waved", "x"), (2, "message.received", "a"), (3, "message.received", "b")]
        # Two in a page.
        events = [{"seq": seq, "type": kind, "data": {"id": id}} for seq, kind, id in types if seq > after][:2]
        return {"events": events, "nextAfter": events[-1]["seq"] if events else after}

    def answer(self, status: int, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_the_example_follows_through_failures_and_skips_nothing(package: Path) -> None:
    built = npm(package, "exec", "--", "tsc", "--noEmit", "false", "--outDir", "built")
    assert built.returncode == 0, built.stdout
    (package / "follow.mjs").write_text(FOLLOW)
    Failing.failures = cycle([0, 200, 503, 200, 429, 200])
    Failing.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        ran = subprocess.run(
            ["node", "follow.mjs", url], cwd=package, capture_output=True, text=True, timeout=60, check=False
        )
        server.shutdown()
    assert ran.stdout.split() == ["first", "second"], ran.stderr
    pages = [path for path in Failing.asked if "/events" in path]
    assert [parse_qs(urlsplit(path).query)["after"] for path in pages] == [["0"], ["0"], ["2"], ["2"]]


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


def test_the_samples_of_the_explorer_compile(package: Path) -> None:
    example = package / "example.ts"
    source = example.read_text()
    samples = [action.written("typescript") for _, actions in TABS.values() for action in actions(Sample(user="USER"))]
    given = """import createClient from "openapi-fetch";
import type { paths } from "./gateway";
declare const client: ReturnType<typeof createClient<paths>>;
"""
    example.write_text(
        given
        + "\n".join(
            f"export async function f{n}() {{\n{each}\nreturn [data, error];\n}}" for n, each in enumerate(samples)
        )
    )
    try:
        checked = npm(package, "run", "check")
        assert checked.returncode == 0, checked.stdout
    finally:
        example.write_text(source)
