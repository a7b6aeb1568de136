"""The examples of docs/local-whatsapp.md, run against a server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from infra.local.settings import UpSettings
from tests.documents import section
from tests.integration.local_whatsapp.harness import ServerProcess

PAGE = "docs/local-whatsapp.md"
OFFLINE = re.compile("ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET")
ADA, BEN = "+447700900111", "+447700900112"


def code(heading: str, language: str = "sh") -> str:
    """The first block in a language under a heading."""
    found = re.search(rf"^```{language}\n(.*?)^```$", section(PAGE, heading), re.M | re.S)
    assert found
    return found[1]


@pytest.fixture
def directory(server: ServerProcess, tmp_path: Path) -> Path:
    """Where commands run: the server's files are where the page says."""
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "whatsapp").symlink_to(server.directory)
    return tmp_path


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}


def bash(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, text=True, timeout=100, check=False
    )


def test_phones_are_made_and_write_to_each_other(server: ServerProcess, directory: Path) -> None:
    script = code("## A first conversation")
    usual = UpSettings().whatsapp_url
    assert usual in script
    ran = bash(script.replace(usual, server.variables()["WHATSAPP_CONTROL_URL"]), directory)
    assert ran.returncode == 0, ran.stderr
    [message] = json.loads(ran.stdout.splitlines()[-1][ran.stdout.splitlines()[-1].index('{"messages"') :])["messages"]
    assert (message["from"], message["text"]) == (ADA, "Hello")


def test_a_shell_gets_the_variables_of_a_client(server: ServerProcess, directory: Path) -> None:
    ran = bash(code("## How a client is led here") + 'echo "$HTTPS_PROXY ${PYTHONPATH-none}"', directory)
    assert ran.stdout.split() == [server.variables()["HTTPS_PROXY"], "none"], ran.stderr


@pytest.mark.slow
def test_baileys_links_and_writes_both_ways(server: ServerProcess, directory: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("Node is not installed")
    lead, (export, install, start) = code("## How a client is led here"), code("### Baileys").splitlines()
    (directory / "client.mjs").write_text(code("### Baileys", "js"))
    installed = bash(f"npm init --yes >/dev/null\n{install}", directory)
    if installed.returncode and OFFLINE.search(installed.stderr):
        pytest.skip("the npm registry cannot be reached")
    assert installed.returncode == 0, installed.stderr
    with server.control() as control, (directory / "said").open("w+") as said:
        before = control.problems()
        for number in {ADA, BEN} - {phone["number"] for phone in control.phones()}:
            control.create_phone(number, "Somebody")
        command = ["bash", "-euo", "pipefail", "-c", f"{lead}\n{export}\nexec {start}"]
        with subprocess.Popen(command, cwd=directory, env=environment(), stdout=said, stderr=said) as client:
            try:
                control.wait_for_text(BEN, "Hello from Baileys", timeout=60)
                control.send(BEN, ADA, "Hello back")
                until_said(directory / "said", "they: Hello back")
            finally:
                client.kill()
        assert control.problems() == before


def until_said(file: Path, text: str, timeout: float = 30) -> None:
    deadline = time.monotonic() + timeout
    while text not in file.read_text():
        assert time.monotonic() < deadline, file.read_text()[-2000:]
        time.sleep(0.1)
